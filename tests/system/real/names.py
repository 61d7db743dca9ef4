"""names.py - a name server for a name space: the zone it is given, no more

As much of RFC 1035 as a resolver asks of it; no compression, no TCP.
"""
import socket
import struct
import threading

TYPES = {1: "A", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA"}


def words_of(name):
	return b"".join(bytes([len(word)]) + word.encode()
	    for word in name.split(".") if word) + b"\0"


def data_of(kind, value):
	if kind == "A":
		return socket.inet_aton(value)
	if kind == "MX":
		return struct.pack("!H", 10) + words_of(value)
	if kind == "TXT":
		return bytes([len(value)]) + value.encode()
	return words_of(value)


class Names:
	"""zone: {(name, type): value}; a type of "FAIL" has the server fail."""

	def __init__(self, address, zone):
		self.zone = zone
		self.known = {name for name, _ in zone}
		self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		self.socket.bind((address, 53))
		threading.Thread(target=self.serve, daemon=True).start()

	def serve(self):
		while True:
			query, client = self.socket.recvfrom(4096)
			self.socket.sendto(self.answer(query), client)

	def answer(self, query):
		words, at = [], 12
		while query[at] != 0:
			words.append(query[at + 1:at + 1 + query[at]])
			at += 1 + query[at]
		number, = struct.unpack_from("!H", query, at + 1)
		name = b".".join(words).decode("latin-1").lower()
		value = self.zone.get((name, TYPES.get(number)))
		answers = b""
		if value is not None:
			data = data_of(TYPES[number], value)
			answers = struct.pack("!HHHIH", 0xc00c, number, 1, 60,
			    len(data)) + data
		code = 0 if name in self.known else 3
		if (name, "FAIL") in self.zone:
			code = 2
		return (query[:2] + struct.pack("!HHHHH", 0x8580 | code, 1,
		    1 if answers else 0, 0, 0) + query[12:at + 5] + answers)
