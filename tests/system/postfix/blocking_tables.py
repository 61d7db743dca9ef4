"""blocking_tables.py ROOT PROGRAM CLIENTS - tables of Postfix

One kind after the other; of cidr, processes that start read it.
"""
import os
import subprocess
import sys

from blocking import Blocking

SERVER = ("192.0.2.1", "2001:db8::1")
CONF = """data = "/data"
user = "nobody"
source "log" { path = "/var/log/mail.log" }
web { listen = "127.0.0.1:0" }
mail { to = {} }
blocks { mode = "enforce"  backend = "postfix"
	map = "%s:/etc/postfix/blocked" %s }
"""
SENDERS = 'sender_map = "%s:/etc/postfix/senders"'


def postfix(root, *words):
	done = subprocess.run(["/usr/sbin/chroot", root, *words],
	    capture_output=True, timeout=30)
	assert done.returncode == 0, (words, done.stdout, done.stderr)
	return done.stdout.decode()


def furnish(root, kind, senders):
	"""As an administrator does, once."""
	for name in ("blocked", "senders"):
		path = "%s/etc/postfix/%s" % (root, name)
		if os.path.exists(path):
			os.unlink(path)
		with open(path, "w") as file:
			file.write("# %s: by hand\n" % name)
		if kind != "cidr":
			postfix(root, "/usr/sbin/postmap",
			    "%s:/etc/postfix/%s" % (kind, name))
	postfix(root, "/usr/sbin/postconf", "-e",
	    "smtpd_client_restrictions = check_client_access "
	    "%s:/etc/postfix/blocked" % kind,
	    "smtpd_sender_restrictions = " +
	    ("check_sender_access %s:/etc/postfix/senders" % kind
	    if senders else ""),
	    "max_use = %d" % (1 if kind == "cidr" else 100))
	postfix(root, "/usr/sbin/postfix", "reload")
	with open(root + "/etc/mailweir.conf", "w") as file:
		file.write(CONF % (kind, SENDERS % kind if senders else ""))


def blocking(root, program, clients, kind, senders):
	furnish(root, kind, senders)
	owns = {"/etc/postfix/blocked": "198.51.100.8\tREJECT\n"}
	b = Blocking(root, program, "/etc/mailweir.conf", clients, SERVER, owns)
	b.recipient = "ada@example.org"
	b.clients_are_blocked()
	if senders:
		b.senders_are_blocked()
	else:
		b.senders_are_refused_in_words()
	b.an_administrator_edits()
	b.one_and_all_are_unblocked()
	if kind == "hash":
		b.owners_and_modes_stay("/etc/postfix/blocked",
		    "/etc/postfix/blocked.db")
		b.a_block_ends_by_itself()
		b.a_damaged_region_is_told()
		b.a_program_that_fails_is_told("/usr/sbin/postmap")
	else:
		b.say("block", "198.51.100.7")
	b.a_stop_leaves_nothing()
	b.a_crash_leaves_what_can_be_cleared()
	print("%s: refused and taken again" % kind)


def main(root, program, clients):
	kinds = postfix(root, "/usr/sbin/postconf", "-m").split()
	blocking(root, program, clients, "hash", True)
	if "lmdb" in kinds:
		blocking(root, program, clients, "lmdb", True)
	blocking(root, program, clients, "cidr", False)


if __name__ == "__main__":
	main(*sys.argv[1:])
