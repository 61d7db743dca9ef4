"""blocking_access.py ROOT PROGRAM CONF CLIENTS - Sendmail's access map"""
import subprocess
import sys

from account import until
from blocking import Blocking
from logger import Logger
from names import Names
from world import ZONE

SERVER = ("192.0.2.1", "2001:db8::1")


def main(root, *more):
	logger = Logger(root, root + "/var/log/maillog", "mx")
	names = Names("127.0.0.1", ZONE)
	sendmail = subprocess.Popen(["/usr/sbin/chroot", root,
	    "/usr/sbin/sendmail", "-L", "sm-mta", "-bD"],
	    stdin=subprocess.DEVNULL)
	b = Blocking(root, *more, SERVER,
	    {"/etc/mail/access": "Connect:198.51.100.8\tREJECT\n"})
	b.recipient = "kim@mx.example.org"
	b.clients_are_blocked()
	b.senders_are_blocked()
	b.an_administrator_edits()
	b.one_and_all_are_unblocked()
	b.a_block_ends_by_itself()
	b.a_damaged_region_is_told()
	b.a_program_that_fails_is_told("/usr/libexec/sendmail/makemap")
	b.a_stop_leaves_nothing()
	sendmail.terminate()
	sendmail.wait()
	print("clients and senders are refused by Sendmail, and taken again")


if __name__ == "__main__":
	main(*sys.argv[1:])
