"""served.py ROOT PLACE KEEP - alert mails through a real Sendmail"""
import os
import sys

import alerts
from world import World


def main(root, place, keep):
	for left in ("/dev/log", "/run/saslauthd/mux"):
		os.remove(root + left)
	world = World(root)
	world.start("sm-mta")
	# Of those before, nothing is asked.
	os.truncate(root + "/var/mail/kim", 0)
	alerts.main(root, place, keep, "25", root + "/var/mail/kim")
	world.stop()


if __name__ == "__main__":
	main(*sys.argv[1:])
