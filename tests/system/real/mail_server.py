"""mail_server.py DIRECTORY - takes mails and webhooks, and says what it took

Ports first, one line: plain, STARTTLS, SMTPS, SMTPS of another name, HTTP; then
a line of JSON for each message, parsed by Python's own reader of mails.  "later@"
is put off, "gone@" refused; the last line of a message is answered once the
directory has a file "go", where it has a file "wait".
"""
import base64
import email
import email.policy
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
import time

from sink import Server, SmtpHandler

directory = sys.argv[1]
lock = threading.Lock()


def tell(**words):
	with lock:
		print(json.dumps(words), flush=True)


def certificate(name, subject):
	path = os.path.join(directory, name)
	subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048",
	    "-nodes", "-days", "2", "-subj", "/CN=" + name, "-addext",
	    "subjectAltName=" + subject, "-keyout", path + ".key", "-out",
	    path + ".pem"], check=True, stderr=subprocess.DEVNULL)
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	context.load_cert_chain(path + ".pem", path + ".key")
	return context


def there(name):
	return os.path.exists(os.path.join(directory, name))


class Handler(SmtpHandler):
	user = None

	def setup(self):
		if self.server.tls_first:
			try:
				self.request = self.server.context.wrap_socket(
				    self.request, server_side=True)
			except (ssl.SSLError, OSError):
				self.refused = True
				self.rfile = self.wfile = open(os.devnull, "rb")
				tell(way=self.server.name, refused=True)
				return
		super().setup()

	def handle(self):
		if not hasattr(self, "refused"):
			try:
				super().handle()
			except (ssl.SSLError, OSError):
				tell(way=self.server.name, refused=True)

	def finish(self):
		if not hasattr(self, "refused"):
			super().finish()

	def offers(self):
		return super().offers() + ["AUTH PLAIN LOGIN"]

	def login(self, line):
		words = line.split(" ")
		if words[1] != "PLAIN":
			return "504 5.5.4 only PLAIN"
		said = words[2] if len(words) > 2 else ""
		if not said:
			self.say("334 ")
			said = self.rfile.readline().decode().strip()
		_, user, password = base64.b64decode(said).decode().split("\0")
		if password != "secret of " + user:
			return "535 5.7.8 no"
		self.user = user
		return "235 2.7.0 Yes"

	def recipient(self, address):
		local = address.split("@")[0]
		if local == "later":
			return "450 4.2.0 <%s>: not now" % address
		if local == "gone":
			return "550 5.1.1 <%s>: unknown here" % address
		return "250 2.1.5 Ok"

	def message(self, data):
		parsed = email.message_from_bytes(data,
		    policy=email.policy.default)
		tls = isinstance(self.connection, ssl.SSLSocket)
		tell(way=self.server.name, tls=tls, user=self.user,
		    sender=self.sender, to=self.recipients,
		    subject=str(parsed["subject"]),
		    id=str(parsed["message-id"]),
		    defects=sum(len(part.defects) for part in parsed.walk()),
		    parts=[part.get_content_type() for part in parsed.walk()],
		    words="\n".join(part.get_content()
			for part in parsed.walk()
			if part.get_content_maintype() == "text"))
		while there("wait") and not there("go"):
			time.sleep(0.01)
		return "250 2.0.0 Ok: queued as 4Zz0000000z1"


class Smtp(Server):
	def __init__(self, name, context, tls_first):
		self.name, self.context = name, context
		self.tls = None if tls_first else context
		self.tls_first = tls_first
		super().__init__(("127.0.0.1", 0), Handler)


class Hook(http.server.BaseHTTPRequestHandler):
	def do_POST(self):
		body = self.rfile.read(int(self.headers["Content-Length"]))
		tell(way="webhook", path=self.path,
		    type=self.headers["Content-Type"], json=json.loads(body))
		self.answer()

	def do_GET(self):
		tell(way="heartbeat", path=self.path)
		self.answer()

	def answer(self):
		code = int(self.path[1:]) if self.path[1:].isdigit() else 204
		self.send_response(code)
		self.send_header("Content-Length", "0")
		self.end_headers()

	def log_message(self, *words):
		pass


good = certificate("good", "IP:127.0.0.1")
bad = certificate("other", "DNS:elsewhere.example.org")
servers = [Smtp("plain", None, False), Smtp("starttls", good, False),
    Smtp("smtps", good, True), Smtp("other", bad, True)]
web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=web.serve_forever, daemon=True).start()
print(*[server.server_address[1] for server in servers + [web]], flush=True)
sys.stdin.read()  # until who started us is gone
