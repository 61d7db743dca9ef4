"""tables.py - one table from four places: mailstats' and three of ours

The real mailstats on the real statistics file; ours on the same file, which
must be the same byte for byte; ours of the log, and of the account of a daemon
that reads that log, which must have the same in every cell that a log can
carry.
"""
import os
import re
import subprocess

from account import differences, until

MAILSTATS = "/usr/libexec/sendmail/mailstats"
COLUMNS = ("msgsfr", "bytes_from", "msgsto", "bytes_to", "msgsrej", "msgsdis",
    "msgsqur")
CONNECTIONS = ("connections from", "connections to", "connections rejected")

# What no line tells, and why.
UNKNOWN = {
	"connections to": "a connection to elsewhere has no line of its own; "
	    "several messages may share one",
}


class Tables:
	def __init__(self, world, place):
		self.world, self.data = world, place + "/data"
		self.mailweir = os.environ["MAILWEIR"]
		self.file = world.root + "/var/lib/sendmail/sendmail.st"
		self.cf = world.root + "/etc/mail/sendmail.cf"
		self.config = place + "/mailweir.conf"

	def stats(self, *words):
		done = subprocess.run([self.mailweir, "stats", "-C", self.cf,
		    *words], capture_output=True, text=True, timeout=30)
		if done.returncode != 0:
			raise SystemExit("stats %s: %s" % (words, done.stderr))
		return done.stdout

	def not_understood(self):
		return subprocess.run([self.mailweir, "replay",
		    "--unrecognised", self.world.root + "/var/log/maillog"],
		    capture_output=True, text=True, timeout=30).stdout

	def check_bytes(self):
		"""All that mailstats prints of the file."""
		for flags in ([], ["-o"], ["-P"], ["-P", "-o"]):
			theirs = self.world.run(MAILSTATS, *flags)
			ours = self.stats("-f", self.file, *flags)
			assert without_now(ours) == without_now(theirs), (
			    flags, ours, theirs)

	def of_file(self):
		return cells(self.world.run(MAILSTATS, "-P"))

	def of_log(self):
		return cells(self.stats("-P", "--config", self.config,
		    "--log", self.world.root + "/var/log/maillog"))

	def of_account(self):
		"""As it was committed last, which is each second."""
		return cells(self.stats("-P", "--config", self.config,
		    "--data", self.data))

	def compare(self, name):
		self.check_bytes()
		wanted = known(self.of_file())
		wrong = differences(wanted, known(self.of_log()))
		if wrong:
			raise SystemExit("\n".join(["%s: the log:" % name] +
			    wrong))
		until("%s: the account" % name, lambda: wanted == known(
		    self.of_account()), lambda: differences(wanted,
		    known(self.of_account())))
		return sum(n != 0 for n in wanted.values())


def without_now(text):
	"""Of programs' first line, the time at which it was printed."""
	return re.sub(r"^(\d+) \d+\n", r"\1 NOW\n", text)


def cells(text):
	"""Of what mailstats -P prints, by row and column."""
	table = {}
	for line in text.splitlines()[1:]:
		words = line.split()
		if words[0] == "C":
			table.update(zip(CONNECTIONS, map(int, words[1:])))
		elif words[0] == "T":
			table.update(zip(["all " + name for name in COLUMNS],
			    map(int, words[1:])))
		else:
			table.update(zip([words[8] + " " + name
			    for name in COLUMNS], map(int, words[1:8])))
	return table


def known(table):
	return {name: n for name, n in table.items()
	    if n != 0 and name not in UNKNOWN}
