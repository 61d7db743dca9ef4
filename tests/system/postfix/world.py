"""world.py - clients of the mail server, and what the account must say of them

Every action writes down, under the names of account.Account.figures(), what
the client was told.  Deliveries are written down where they are meant, and
held against the mailboxes and the sink.
"""
import collections
import glob
import os
import smtplib
import socket
import subprocess

from account import until
from sink import Sink
from smtp_servers import Filter, Passwords

SERVER = "192.0.2.1"
DESK, STRANGER, ABUSER, GUESSER, TRAVELLER, RELAYED, BANNED = (
    "192.0.2.10", "198.51.100.7", "198.51.100.8", "198.51.100.9",
    "198.51.100.20", "198.51.100.30", "198.51.100.66")
NAMES = {DESK: "desk.example.org", STRANGER: "mail.example.net"}


class World:
	def __init__(self, root):
		self.root = root
		self.expected = collections.Counter()
		self.expected["tile coverage"] = 1
		self.meant = collections.Counter()
		self.count = 0
		self.sink = Sink("203.0.113.9")
		self.passwords = Passwords(12345)
		self.forwarding = Filter(10031, True, True)
		self.naming = Filter(10032, False, True)
		self.silent = Filter(10033, False, False)

	def expect(self, *names, n=1):
		for name in names:
			self.expected[name] += n

	def connect(self, source, port=25, helo=None):
		self.expect("sessions connected")
		return smtplib.SMTP(SERVER, port, helo or NAMES.get(source,
		    "client.example.net"), source_address=(source, 0),
		    timeout=20)

	def raw(self, source, port=25):
		self.expect("sessions connected")
		return socket.create_connection((SERVER, port), 20, (source, 0))

	def text(self, subject, size=0):
		self.count += 1
		lines = "".join("%060d\r\n" % n for n in range(size // 62 + 1))
		return ("From: <sender@example.net>\r\nSubject: %s\r\n"
		    "Message-ID: <%d.test@example.net>\r\n\r\n%s" %
		    (subject, self.count, lines)).encode()

	def send(self, session, sender, recipients, subject="hello", size=0,
	    options=()):
		"""Code and words of the last reply; every recipient is offered."""
		session.ehlo_or_helo_if_needed()
		reply = session.mail(sender, options)
		if reply[0] != 250:
			session.rset()
			return reply
		replies = [session.rcpt(address) for address in recipients]
		if not any(code == 250 for code, _ in replies):
			session.rset()
			return replies[-1]
		return session.data(self.text(subject, size))

	def received(self, source, recipients, mailer="smtp"):
		self.expect("messages received", "tile received",
		    "mailer %s msgs_from" % mailer)
		self.expect("messages received_recipients", n=recipients)
		if source:
			self.expect("client %s received" % source)

	def accepted(self, source, sender, recipients, port=25, **more):
		"""One session, one message, everything as it should be."""
		session = self.connect(source, port)
		code, said = self.send(session, sender, recipients, **more)
		assert code == 250, said
		session.quit()
		self.received(source, len(recipients))

	def refused(self, reply, code, source, reason):
		assert reply[0] == code, reply
		kind = "temporary" if code < 500 else "permanent"
		self.expect("tile rejected", "rejects total", "rejects " + kind,
		    "sessions rejected",
		    "rejects " + reason, "client %s rejected" % source,
		    "mailer smtp msgs_rejected")
		if reason == "relay_denied":
			self.expect("relay denied", "tile relay_attempts",
			    "client %s relay_denied" % source)

	def discarded(self):
		self.expect("messages discarded", "mailer smtp msgs_discarded",
		    "sessions rejected")

	def sent(self, mailer, n=1, arrives=True):
		if arrives:
			self.meant[mailer] += n
		self.expect("messages sent", "tile sent",
		    "mailer %s msgs_to" % mailer, n=n)

	def deferred(self, mailer="smtp"):
		self.expect("messages deferred", "tile deferred",
		    "mailer %s deferred" % mailer)

	def bounced(self, notice, mailer="smtp"):
		"""The notice is a message of Postfix's own, and is delivered."""
		self.expect("messages bounced", "tile bounced",
		    "mailer %s bounced" % mailer, "messages generated")
		self.sent(notice)

	def run(self, *words, user="0:0", text=None):
		subprocess.run(["/usr/sbin/chroot", "--userspec=" + user,
		    self.root, *words], input=text, check=True, timeout=30)

	def queued(self, *queues):
		return sum(len(names) for queue in queues for _, _, names in
		    os.walk("%s/var/spool/postfix/%s" % (self.root, queue)))

	def settled(self, *queues):
		until("empty queues", lambda: self.queued("incoming", "active",
		    "maildrop", *queues) == 0)

	def mails_of(self, *names):
		return [path for name in names for path in glob.glob(
		    "%s/var/vmail/%s/new/*" % (self.root, name))]

	def deliveries(self):
		"""What arrived, by who brought it."""
		return {
			"virtual": len(self.mails_of("ada", "bob", "cyd")),
			"local": len(self.mails_of("kim", "lee")),
			"smtp": len(self.sink.taken),
		}

	def bytes_arrived(self):
		return {
			"virtual": sum(map(size_queued,
			    self.mails_of("ada", "bob", "cyd"))),
			"smtp": sum(self.sink.sizes),
		}


def size_queued(path):
	"""Of a delivered mail: lines end in two bytes, and some were added."""
	with open(path, "rb") as file:
		lines = file.readlines()
	while lines[0].startswith((b"Return-Path:", b"X-Original-To:",
	    b"Delivered-To:")):
		del lines[0]
	return sum(len(line) + 1 for line in lines)
