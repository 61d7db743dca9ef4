"""scenario.py ROOT PLACE - messages of different fates, a table after each

ROOT is the file tree in which Sendmail runs; in PLACE are the daemon's
configuration and its data.
"""
import sys

from account import Account, differences, until
from fates import FATES
from tables import Tables, UNKNOWN
from world import World


def differences_on_page(account, table):
	"""What the dashboard shows by mailer, in mailstats' own units."""
	names = {"msgs_from": "msgsfr", "msgs_to": "msgsto",
	    "msgs_rejected": "msgsrej", "msgs_discarded": "msgsdis",
	    "msgs_quarantined": "msgsqur"}
	shown = {"%s %s" % (row["mailer"], names[column]): n
	    for row in account.api("mailers")["mailers"]
	    for column, n in row.items() if column in names and n != 0}
	return differences({name: n for name, n in table.items() if n != 0 and
	    not name.startswith("all ") and name.split()[-1] in
	    names.values()}, shown)


def differences_in_transcript(account, world):
	"""What was answered, and what Sendmail's -X has of it."""
	shown = {fact["name"]: fact["wire"]
	    for fact in account.api("wire")["facts"]}
	said = dict(world.answers)
	return differences({"messages": said["taken"],
	    "rejects": said["refused"], "auth_failed": 2},
	    {name: shown[name] for name in ("messages", "rejects",
	    "auth_failed")})


def unrecognised(account):
	return account.api("overview?range=1h")["coverage"]["unrecognised"]


def main(root, place):
	world = World(root)
	tables = Tables(world, place)
	account = Account(place + "/data")
	world.start("sm-mta")
	for number, fate in enumerate(FATES, 1):
		if number == len(FATES) // 2:
			world.stop()
			world.start("mx-out")
		fate(world)
		world.settle()
		assert world.arrived() == world.expected, (fate.__name__,
		    world.arrived(), world.expected)
		equal = tables.compare(fate.__name__)
	print("after each of %d messages: the same from mailstats' file, its "
	    "log and the account; %d cells in the end" % (number, equal))
	for name, why in UNKNOWN.items():
		print("not in a log: %s: %s" % (name, why))
	# A minute that is closed is written a moment later.
	table = tables.of_file()
	until("the page", lambda: not differences_on_page(account, table),
	    lambda: differences_on_page(account, table))
	until("the transcript", lambda: not differences_in_transcript(account,
	    world), lambda: differences_in_transcript(account, world))
	print("the transcript has the %d messages and %d refusals, too" %
	    (world.answers["taken"], world.answers["refused"]))
	if unrecognised(account) != 0:
		raise SystemExit("not understood:\n" + tables.not_understood())
	world.stop()


if __name__ == "__main__":
	main(*sys.argv[1:])
