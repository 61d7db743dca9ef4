"""scenario.py ROOT PLACE - 50 messages of different fates

ROOT is the file tree in which Sendmail runs, PLACE has room beside it.
"""
import sys

from fates import FATES
from world import World


def main(root, place):
	world = World(root)
	world.start("sm-mta")
	for number, fate in enumerate(FATES, 1):
		if number == len(FATES) // 2:
			world.stop()
			world.start("mx-out")
		fate(world)
		world.settle()
		assert world.arrived() == world.expected, (fate.__name__,
		    world.arrived(), world.expected)
		print(number, fate.__name__)
		print(world.run("/usr/libexec/sendmail/mailstats", "-P"))
	world.stop()


if __name__ == "__main__":
	main(*sys.argv[1:])
