#!/usr/bin/env python3
"""scenario.py ROOT DATA TABLE - log in, send, and hold the account against it"""
import poplib
import smtplib
import socket
import subprocess
import sys

from account import Account, differences, until
from logger import Logger
from sink import Sink

SERVER = "192.0.2.1"
DESK, STRANGER, TRAVELLER = "192.0.2.10", "198.51.100.7", "198.51.100.20"

root, data, table = sys.argv[1:]
count = 0


class Pop(poplib.POP3):
	def _create_socket(self, timeout):
		return socket.create_connection((self.host, self.port), 20,
		    (TRAVELLER, 0))


def host_in_log():
	"""Dovecot's lines are the same host's as Postfix's."""
	with open(root + "/var/log/mail.log") as file:
		return file.readline().split()[3]


def answers():
	try:
		socket.create_connection((SERVER, 110), 1).close()
	except OSError:
		return False
	return True


def send(source, sender, port=25):
	"""To elsewhere; the code of the last reply."""
	global count
	count += 1
	with smtplib.SMTP(SERVER, port, "client.example.net",
	    source_address=(source, 0), timeout=20) as session:
		session.ehlo_or_helo_if_needed()
		session.mail(sender)
		code, _ = session.rcpt("lee@example.net")
		if code == 250:
			code, _ = session.data(("Subject: hello\r\n"
			    "Message-ID: <%d.test@example.net>\r\n\r\nhello\r\n" %
			    count).encode())
	return code


def login(password):
	session = Pop(SERVER)
	session.user("kim")
	try:
		session.pass_(password)
	except poplib.error_proto:
		return False
	session.quit()
	return True


def let_in(address):
	with open(root + table, "w") as file:
		file.write("%s ok\n" % address)
	subprocess.run(["chroot", root, "/usr/sbin/postmap", "hash:" + table],
	    check=True)


def wait_for(account, what, figures):
	def now():
		counted = account.figures()
		return {name: counted.get(name, 0) for name in figures}

	until(what, lambda: now() == figures,
	    lambda: differences(figures, now()))


def wrong_then_right():
	if login("guess") or not login("secret"):
		sys.exit("Dovecot has another password")


def main():
	logger = Logger(root, root + "/var/log/dovecot.log", host_in_log())
	dovecot = subprocess.Popen(["chroot", root, "/usr/sbin/dovecot", "-F"])
	until("Dovecot listens", answers)
	account = Account(data)
	sink = Sink("203.0.113.9")
	codes = [send(TRAVELLER, "kim@example.org")]
	wrong_then_right()
	logger.mark()
	let_in(TRAVELLER)
	codes += [send(TRAVELLER, "kim@example.org"),
	    send(DESK, "ada@example.org"),
	    send(STRANGER, "eve@example.com", 2526)]
	if codes != [554, 250, 250, 250]:
		sys.exit("Postfix said %s" % codes)
	wait_for(account, "the account", {"relay denied": 1,
	    "relay authenticated": 1, "relay network": 1, "relay open": 1,
	    "relay unsure": 0, "account kim received": 1,
	    "account kim recipients": 1, "unrecognised": 0})
	opened = [row for row in account.api("alerts")["alerts"]
	    if row["rule"] == "open-relay"]
	if [row["count"] for row in opened] != [1]:
		sys.exit("alerts: %s" % opened)
	dovecot.terminate()
	dovecot.wait(20)


main()
