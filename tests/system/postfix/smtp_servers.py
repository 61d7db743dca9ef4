"""smtp_servers.py - what stands around the mail server under test

Content filters that bring mail back, and the server that knows users'
passwords.  Each remembers what it did.
"""
import base64
import smtplib
import socketserver

from sink import Server, SmtpHandler

PASSWORDS = {"kim": "secret kim", "lee": "secret lee"}


class FilterHandler(SmtpHandler):
	"""Brings back what it gets to port 10026, as it was configured to."""

	def setup(self):
		super().setup()
		if self.server.forwards:
			self.features = SmtpHandler.features + [
			    "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE"]

	def recipient(self, address):
		return "250 2.1.5 Ok"

	def message(self, data):
		with self.server.lock:
			self.server.seen += 1
		if b"Subject: eicar" in data:
			return "554 5.7.0 Reject, id=42-01 - INFECTED"
		if b"Subject: buy pills" in data:
			return "250 2.7.0 Ok, discarded, id=42-02 - spam"
		reply = self.bring_back(data)
		if not self.server.tells_id:
			return "250 2.0.0 Ok, thank you"
		return "250 2.0.0 from MTA(smtp:[127.0.0.1]:10026): 250 " + reply

	def bring_back(self, data):
		with smtplib.SMTP("127.0.0.1", 10026, "filter.example.org",
		    timeout=20) as back:
			back.ehlo()
			for line in self.forwarded:
				back.docmd(line)
			back.mail(self.sender)
			for address in self.recipients:
				back.rcpt(address)
			code, reply = back.data(data)
		if code != 250:
			raise RuntimeError("not taken back: %r" % reply)
		return reply.decode()


class Filter(Server):
	def __init__(self, port, forwards, tells_id):
		self.name = "filter.example.org"
		self.forwards, self.tells_id = forwards, tells_id
		self.seen = 0
		super().__init__(("127.0.0.1", port), FilterHandler)


class PasswordHandler(socketserver.StreamRequestHandler):
	"""Dovecot's authentication protocol, version 1.1, PLAIN alone."""

	def handle(self):
		self.wfile.write(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\n"
		    b"SPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n")
		for line in self.rfile:
			words = line.decode().rstrip("\n").split("\t")
			if words[0] != "AUTH":
				continue
			said = [w[5:] for w in words if w.startswith("resp=")]
			_, user, password = base64.b64decode(
			    said[0]).decode().split("\0")
			good = PASSWORDS.get(user) == password
			self.wfile.write(("%s\t%s\tuser=%s\n" % (
			    "OK" if good else "FAIL", words[1], user)).encode())


class Passwords(Server):
	def __init__(self, port):
		super().__init__(("127.0.0.1", port), PasswordHandler)
