"""wrapped.py ROOT PLACE - logins through stunnel, and at once from this host

Whose they are, the account must tell: the client's where stunnel brought it,
this host's where a program on it (a webmail, say) came by itself.
"""
import collections
import imaplib
import poplib
import socket
import ssl
import subprocess
import sys

from account import Account, until
from logger import Logger

GUESSER, KIM, LEE, HERE = ("198.51.100.9", "198.51.100.7", "198.51.100.8",
    "127.0.0.1")
SERVER = "192.0.2.25"

context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE


class Imap(imaplib.IMAP4):
	def __init__(self, source, wrapped):
		self.source, self.wrapped = source, wrapped
		super().__init__(SERVER if wrapped else HERE,
		    993 if wrapped else 143)

	def _create_socket(self, timeout):
		made = socket.create_connection((self.host, self.port), 20,
		    (self.source, 0))
		return context.wrap_socket(made) if self.wrapped else made


class Pop(poplib.POP3):
	def __init__(self, source):
		self.source = source
		super().__init__(SERVER, 995)

	def _create_socket(self, timeout):
		return context.wrap_socket(socket.create_connection(
		    (self.host, self.port), 20, (self.source, 0)))


def imap(source, user, password, wrapped=True):
	session = Imap(source, wrapped)
	try:
		session.login(user, password)
	except imaplib.IMAP4.error:
		pass
	return session


def pop(source, user, password):
	session = Pop(source)
	try:
		session.user(user)
		session.pass_(password)
	except poplib.error_proto:
		pass
	session.quit()


def clients(account):
	"""Logins that failed, by client."""
	return {row["address"]: row["auth_failed"] + row["login_failed"]
	    for row in account.api("clients?limit=50")["clients"]
	    if row["auth_failed"] + row["login_failed"] > 0}


def main(root, place):
	logger = Logger(root, root + "/var/log/maillog", "mx")
	account = Account(place + "/data")
	servers = [subprocess.Popen(["/usr/sbin/chroot", root, *words])
	    for words in (["/usr/sbin/dovecot", "-F"],
	    ["/usr/bin/stunnel4", "/etc/stunnel.conf"])]
	for address in ((HERE, 143), (HERE, 110), (SERVER, 993)):
		until("a server at %s:%d" % address, lambda: not
		    socket.socket().connect_ex(address))
	failed = collections.Counter()
	at_once = [imap(KIM, "kim", "wrong"), imap(LEE, "lee", "wrong"),
	    imap(HERE, "webmail", "wrong", wrapped=False)]
	for session in reversed(at_once):
		session.logout()
	failed.update({KIM: 1, LEE: 1, HERE: 1})
	for _ in range(6):
		pop(GUESSER, "root", "guess")
	failed.update({GUESSER: 6})
	imap(KIM, "kim", "secret").logout()
	logger.mark()
	until("whose logins failed", lambda: clients(account) == failed,
	    lambda: [clients(account), failed])
	until("the guesser's alert", lambda: [row["key"] for row in
	    account.api("alerts")["alerts"]] == [GUESSER],
	    lambda: [account.api("alerts")])
	overview = account.api("overview?range=1h")
	if overview["coverage"]["unrecognised"] != 0:
		raise SystemExit(overview["coverage"])
	print("each of %d logins is its client's" % (sum(failed.values()) + 1))
	for server in servers:
		server.terminate()
		server.wait()


if __name__ == "__main__":
	main(*sys.argv[1:])
