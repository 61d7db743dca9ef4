"""sink.py - a mail server for elsewhere, that remembers what it took

That is the truth the account is held against.
"""
import socketserver
import ssl
import threading


class Server(socketserver.ThreadingTCPServer):
	allow_reuse_address = True
	daemon_threads = True
	tls = None  # else the context to answer STARTTLS with

	def __init__(self, address, handler):
		super().__init__(address, handler)
		self.lock = threading.Lock()
		threading.Thread(target=self.serve_forever,
		    kwargs={"poll_interval": 0.05}, daemon=True).start()


class SmtpHandler(socketserver.StreamRequestHandler):
	"""As much of SMTP as a mail server's client speaks."""
	features = ["SIZE 0", "8BITMIME", "ENHANCEDSTATUSCODES"]

	def say(self, text):
		self.wfile.write(text.encode() + b"\r\n")

	def handle(self):
		self.begin()
		self.say("220 " + self.server.name + " ESMTP")
		while line := self.rfile.readline():
			line = line.decode("latin-1").rstrip("\r\n")
			verb = line.split(" ")[0].upper()
			if verb == "QUIT":
				self.say("221 2.0.0 Bye")
				return
			if verb in ("EHLO", "HELO"):
				for word in self.offers():
					self.say("250-" + word)
				self.say("250 HELP")
			elif verb == "STARTTLS":
				self.say("220 2.0.0 Go on")
				self.wrap()
			elif verb == "MAIL":
				self.sender = address_of(line)
				self.recipients = []
				self.say("250 2.1.0 Ok")
			elif verb == "RCPT":
				reply = self.recipient(address_of(line))
				if reply[0] == "2":
					self.recipients.append(address_of(line))
				self.say(reply)
			elif verb == "DATA":
				self.say("354 Go on")
				self.say(self.message(self.read_message()))
			elif verb == "AUTH":
				self.say(self.login(line))
			elif verb == "XFORWARD":
				self.forwarded.append(line)
				self.say("250 2.0.0 Ok")
			else:
				self.begin()
				self.say("250 2.0.0 Ok")

	def offers(self):
		plain = not isinstance(self.connection, ssl.SSLSocket)
		return self.features + ["STARTTLS"] * (plain and
		    self.server.tls is not None)

	def login(self, line):
		return "503 5.5.1 there are no users here"

	def wrap(self):
		self.connection = self.server.tls.wrap_socket(self.connection,
		    server_side=True)
		self.rfile = self.connection.makefile("rb")
		self.wfile = self.connection.makefile("wb", 0)
		self.begin()

	def begin(self):
		self.sender, self.recipients, self.forwarded = "", [], []

	def read_message(self):
		lines = []
		for line in self.rfile:
			if line == b".\r\n":
				break
			lines.append(line[1:] if line[:1] == b"." else line)
		return b"".join(lines)


def address_of(command):
	return command[command.index("<") + 1:command.index(">")]


class SinkHandler(SmtpHandler):
	"""later@ is refused twice, gone@ for ever, fussy@ after the data."""

	def recipient(self, address):
		local = address.split("@")[0]
		with self.server.lock:
			if local == "gone":
				self.server.refused += 1
				return "550 5.1.1 <%s>: unknown here" % address
			if local == "later" and self.server.patience > 0:
				self.server.patience -= 1
				self.server.put_off += 1
				return "450 4.2.0 <%s>: mailbox busy" % address
		return "250 2.1.5 Ok"

	def message(self, data):
		with self.server.lock:
			if self.recipients[0].startswith("fussy"):
				self.server.refused += len(self.recipients)
				return "554 5.7.1 not with these words, " \
				    "status=sent (250 Ok)"
			self.server.taken += self.recipients
			self.server.sizes += [len(data)] * len(self.recipients)
		return "250 2.0.0 Ok: queued as 4Zz0000000z1"


class Sink(Server):
	def __init__(self, address, certificate=None):
		self.name = "mx.example.com"
		if certificate is not None:
			self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
			self.tls.load_cert_chain(certificate)
		self.taken, self.sizes = [], []
		self.put_off = self.refused = 0
		self.patience = 2
		super().__init__((address, 25), SinkHandler)
