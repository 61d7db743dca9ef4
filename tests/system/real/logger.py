"""logger.py - what syslog(3) says, as a traditional log file"""
import os
import re
import socket
import threading
import time


class Logger:
	"""Listens on the tree's /dev/log; mark() waits for all said before."""

	def __init__(self, root, path, host):
		self.place = root + "/dev/log"
		self.host = host
		self.file = open(path, "ab", buffering=0)
		self.marks, self.seen = 0, threading.Condition()
		self.marks_seen = 0
		self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		self.socket.bind(self.place)
		os.chmod(self.place, 0o666)
		threading.Thread(target=self.serve, daemon=True).start()

	def serve(self):
		while True:
			said = self.socket.recv(65536)
			if said == b"mark":
				with self.seen:
					self.marks_seen += 1
					self.seen.notify_all()
				continue
			self.file.write(self.line_of(said))

	def line_of(self, said):
		"""<PRI>STAMP TAG: text, and the host's name between."""
		match = re.match(rb"<\d+>(\w{3} [ \d]\d \d\d:\d\d:\d\d) (.*)",
		    said.rstrip(b"\0\n").replace(b"\n", b"#012"), re.S)
		if match is None:
			raise SystemExit("no syslog message: %r" % said)
		return b"%s %s %s\n" % (match[1], self.host.encode(), match[2])

	def mark(self):
		"""Datagrams arrive in the order of their sending."""
		with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
			other.connect(self.place)
			other.send(b"mark")
		with self.seen:
			self.marks += 1
			if not self.seen.wait_for(
			    lambda: self.marks_seen >= self.marks, 20):
				raise SystemExit("the logger has stopped")
