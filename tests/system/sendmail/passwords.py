"""passwords.py - saslauthd's side of its socket, for users who are none"""
import socketserver
import struct
import threading

PASSWORDS = {"kim": "secret kim"}


class Handler(socketserver.StreamRequestHandler):
	"""Login, password, service and realm, each after its length."""

	def handle(self):
		user, password, _, _ = [self.read_text() for _ in range(4)]
		good = PASSWORDS.get(user) == password
		said = b"OK" if good else b"NO authentication failed"
		self.wfile.write(struct.pack("!H", len(said)) + said)

	def read_text(self):
		length, = struct.unpack("!H", self.rfile.read(2))
		return self.rfile.read(length).decode()


class Passwords(socketserver.ThreadingUnixStreamServer):
	daemon_threads = True

	def __init__(self, path):
		super().__init__(path, Handler)
		threading.Thread(target=self.serve_forever, daemon=True).start()
