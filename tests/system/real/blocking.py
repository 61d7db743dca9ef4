"""blocking.py - blocks in a mail system's own maps, as its clients meet them

What a person does with the commands, what the server then says to whom, and
what became of the administrator's lines.
"""
import ctypes
import os
import smtplib
import socket
import subprocess
import urllib.error

from account import Account, until

STRANGER, OTHER, THIRD, NEIGHBOUR = ("198.51.100.7", "198.51.100.8",
    "198.51.100.20", "203.0.113.9")
SIX, SIX_TOO, SIX_BESIDE = ("2001:db8:0:17::7", "2001:db8:0:17:1::1",
    "2001:db8:0:18::7")
SENDER, SPAMMER = "sender@example.net", "spam@example.net"
CLONE_NEWNET = 0x40000000
# CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_SETGID, CAP_SETUID
RIGHTS = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 6 | 1 << 7
LIBC = ctypes.CDLL(None, use_errno=True)


class Session(smtplib.SMTP):
	"""A client in the network of process `clients'."""

	def __init__(self, clients, source, server):
		self.clients = clients
		smtplib.SMTP.__init__(self, server, 25, "client.example.net",
		    source_address=(source, 0), timeout=20)

	def _get_socket(self, host, port, timeout):
		with open("/proc/self/ns/net") as here, \
		    open("/proc/%d/ns/net" % self.clients) as there:
			enter(there)
			try:
				return socket.create_connection((host, port),
				    timeout, self.source_address)
			finally:
				enter(here)


def enter(network):
	if LIBC.setns(network.fileno(), CLONE_NEWNET) != 0:
		raise OSError(ctypes.get_errno(), "setns")


def name_of(pid):
	try:
		with open("/proc/%s/comm" % pid) as file:
			return file.read().strip()
	except OSError:
		return None


class Blocking:
	"""root: of the file tree; owns: {map: an administrator's line}."""

	def __init__(self, root, program, conf, clients, server, owns):
		self.root, self.program, self.conf = root, program, conf
		self.clients, self.server = int(clients), server
		self.owns = owns
		self.before = {path: self.text(path) for path in owns}
		self.start()

	def start(self):
		self.daemon = subprocess.Popen(["/usr/sbin/chroot", self.root,
		    self.program, "run", "-c", self.conf])
		self.account = Account(self.root + "/data")

	def stop(self):
		self.daemon.terminate()
		assert self.daemon.wait(20) == 0

	def say(self, *words, status=0):
		done = subprocess.run(["/usr/sbin/chroot", self.root,
		    self.program, words[0], "-c", self.conf, *words[1:]],
		    capture_output=True, timeout=30)
		said = done.stdout.decode() + done.stderr.decode()
		assert done.returncode == status, (words, done.returncode, said)
		return said

	def text(self, path):
		with open(self.root + path) as file:
			return file.read()

	def edit(self, path, text):
		with open(self.root + path, "w") as file:
			file.write(text)

	def offer(self, source, sender=SENDER):
		"""The code of the reply that decides."""
		server = self.server[1] if ":" in source else self.server[0]
		try:
			session = Session(self.clients, source, server)
		except smtplib.SMTPConnectError as refusal:
			return refusal.smtp_code
		except ConnectionRefusedError:
			return 0  # it listens on one of its addresses only, yet
		session.ehlo()
		code, _ = session.mail(sender)
		if code == 250:
			code, _ = session.rcpt(self.recipient)
		session.rset()
		session.quit()
		return code

	def taken(self, *offers):
		until("taken: %s" % (offers,),
		    lambda: all(self.offer(*one) == 250 for one in offers),
		    lambda: [self.offer(*one) for one in offers])

	def refused(self, *offers):
		until("refused: %s" % (offers,),
		    lambda: all(self.offer(*one) >= 500 for one in offers),
		    lambda: [self.offer(*one) for one in offers])

	def health(self):
		try:
			self.account.get("/healthz")
		except urllib.error.HTTPError as trouble:
			return trouble.read().decode()
		return ""

	def troubled(self, words):
		until("trouble: " + words, lambda: words in self.health(),
		    lambda: [self.health()])

	def healthy(self):
		until("no trouble", lambda: self.health() == "",
		    lambda: [self.health()])

	# What happens.

	def helper_has_what_it_needs(self):
		"""And no right more: five of root's, for good."""
		pid = next(pid for pid in filter(str.isdigit,
		    os.listdir("/proc")) if name_of(pid) == "weir-maps")
		with open("/proc/%s/status" % pid) as file:
			status = dict(line.rstrip("\n").split(":\t", 1)
			    for line in file if ":\t" in line)
		for name in ("CapPrm", "CapEff", "CapBnd"):
			assert int(status[name], 16) == RIGHTS, status
		assert status["NoNewPrivs"] == "1", status

	def clients_are_blocked(self):
		self.helper_has_what_it_needs()
		self.taken((STRANGER,), (OTHER,), (NEIGHBOUR,), (SIX,))
		said = self.say("block", STRANGER, "--for", "1h", "--reason",
		    "it asked for it")
		assert STRANGER + ": blocked" in said, said
		self.say("block", "203.0.113.0/24")
		self.say("block", SIX)
		self.refused((STRANGER,), (NEIGHBOUR,), (SIX,), (SIX_TOO,))
		self.taken((OTHER,), (SIX_BESIDE,))
		said = self.say("blocks")
		for words in (STRANGER, "203.0.113.0/24", "2001:db8:0:17::/64",
		    "it asked for it", "3 blocked, 3 of them enforced"):
			assert words in said, said
		said = self.say("block", self.server[0], status=1)
		assert "never" in said, said

	def senders_are_blocked(self):
		self.taken((OTHER, SPAMMER), (OTHER, "a@mx.example.com"))
		self.say("block", SPAMMER.upper())
		self.say("block", "example.com")
		self.refused((OTHER, SPAMMER), (OTHER, "a@example.com"),
		    (OTHER, "a@mx.example.com"))
		self.taken((OTHER, SENDER))

	def senders_are_refused_in_words(self):
		said = self.say("block", SPAMMER, status=2)
		assert "sender_map" in said, said

	def owners_and_modes_stay(self, *paths):
		"""Of maps and tables that are not root's."""
		for path in paths:
			os.chown(self.root + path, 1001, 1002)
			os.chmod(self.root + path, 0o640)
		self.say("block", THIRD)
		self.refused((THIRD,))
		self.say("unblock", THIRD)
		self.taken((THIRD,))
		for path in paths:
			st = os.stat(self.root + path)
			assert (st.st_uid, st.st_gid, st.st_mode & 0o7777) == (
			    1001, 1002, 0o640), (path, st)

	def an_administrator_edits(self):
		for path, line in self.owns.items():
			self.edit(path, self.text(path) + line)
		self.say("block", THIRD)
		self.refused((THIRD,), (OTHER,))
		for path, line in self.owns.items():
			assert self.text(path).endswith(line), self.text(path)

	def one_and_all_are_unblocked(self):
		self.say("unblock", STRANGER)
		self.taken((STRANGER,))
		said = self.say("unblock", STRANGER, status=1)
		assert "not blocked" in said, said
		self.say("unblock", "--all")
		self.taken((THIRD,), (NEIGHBOUR,), (SIX,), (THIRD, SPAMMER))
		self.is_as_before()

	def is_as_before(self):
		for path, line in self.owns.items():
			text = self.text(path)
			assert text == self.before[path] + line, text

	def a_block_ends_by_itself(self):
		self.say("block", STRANGER, "--for", "7s")
		self.refused((STRANGER,))
		self.taken((STRANGER,))
		self.is_as_before()

	def a_damaged_region_is_told(self):
		path = next(iter(self.owns))
		self.say("block", STRANGER)
		self.refused((STRANGER,))
		good = self.text(path)
		self.edit(path, good.replace("REJECT\n# mailweir: end",
		    "OK\n# mailweir: end"))
		damaged = self.text(path)
		assert damaged != good
		self.say("block", THIRD)
		self.troubled("the region above was edited")
		assert self.text(path) == damaged
		assert "2 blocked" in self.say("blocks")
		assert "was edited" in self.say("alerts")
		self.taken((THIRD,))
		# The administrator takes it away, marks and all.
		lines = damaged.splitlines(keepends=True)
		first, last = (next(i for i, line in enumerate(lines) if
		    line.startswith("# mailweir: " + mark))
		    for mark in ("begin", "end"))
		self.edit(path, "".join(lines[:first] + lines[last + 1:]))
		self.refused((STRANGER,), (THIRD,))
		self.healthy()

	def a_program_that_fails_is_told(self, program):
		os.rename(self.root + program, self.root + program + ".away")
		self.say("unblock", THIRD)
		self.troubled(os.path.basename(program))
		os.rename(self.root + program + ".away", self.root + program)
		self.taken((THIRD,))
		self.healthy()

	def a_stop_leaves_nothing(self):
		self.refused((STRANGER,))
		self.stop()
		self.taken((STRANGER,))
		self.is_as_before()

	def a_crash_leaves_what_can_be_cleared(self):
		self.start()
		self.refused((STRANGER,))
		self.daemon.kill()
		self.daemon.wait()
		self.refused((STRANGER,))
		said = self.say("unblock", "--all")
		assert "unblocked" in said, said
		self.taken((STRANGER,))
		self.is_as_before()
