"""scenario.py ROOT DATA DAEMON PID CAPTURE - mail seen on the wire

ROOT is the file tree in which Postfix runs, DATA the daemon's directory, DAEMON
its process, PID one in the clients' network.  What swaks prints is the truth: each reply of
the server, with "<-  " before it, "<** " where it refused, "<~" under TLS.
"""
import collections
import os
import re
import signal
import subprocess
import sys
import time

from account import Account, until
from talk import is_mail

SERVER, DESK, STRANGER = "192.0.2.1", "192.0.2.10", "198.51.100.7"
FRIEND = "203.0.113.9"  # a server elsewhere
NOWHERE = "203.0.113.99"
ADA, BOB = "ada@example.org", "bob@example.org"
LOOPS = "40"


class Clients:
	def __init__(self, pid):
		self.inside = ["nsenter", "-t", pid, "-n"]
		self.truth = collections.Counter()

	def swaks(self, *options, client=STRANGER, here=False):
		"""Here: over the loopback interface, which is not compared."""
		said = subprocess.run(([] if here else self.inside +
		    ["env", "LC_ALL=C"]) + ["swaks", "--server", SERVER,
		    "--helo", "client.example.net", "--from",
		    "x@example.net"] + ([] if here else
		    ["--local-interface", client]) + list(options),
		    capture_output=True, text=True, timeout=30).stdout
		count = lambda what: len(re.findall(what, said, re.M))
		self.truth += collections.Counter({
		    "sessions": 1,
		    "plain": count("^<-  250 2.0.0 Ok: queued as"),
		    "sealed": count("^<~  250 2.0.0 Ok: queued as"),
		    "recipients": count("^<-  250 2.1.5 Ok"),
		    "rejects": count(r"^<\*\* [45]"),
		    # The log does not tell that DATA was refused for want of any.
		    "refused": count(r"^<\*\* [45].. .\..\.. <"),
		    "relay_denied": count("^<.. 554 5.7.1 .*Relay access"),
		    "tls": count("^=== TLS started with"),
		    "here": count("queued as") if here else 0})


def send(clients):
	clients.swaks("--to", ADA)
	clients.swaks("--to", ADA + "," + BOB, "--body", "..\n." + "x" * 30000)
	clients.swaks("--to", "nobody@example.org")
	clients.swaks("--to", "nobody@example.com", "--pipeline")
	clients.swaks("--to", ADA + ",nobody@example.com", "--pipeline")
	clients.swaks("--to", BOB, "--tls")
	clients.swaks("--to", "friend@example.com", client=DESK)
	clients.swaks("--to", ADA, "--quit-after", "EHLO")


def lose(account, root, clients):
	"""The copy of the log has no line of one, and of one too much."""
	clients.swaks("--to", ADA, "--from", "lost@example.net")
	clients.truth["unlogged"] += 1
	now = time.strftime("%b %e %H:%M:%S")
	with open(root + "/var/log/copy.log", "a") as log:
		for line in ("smtpd[7]: 4ZZZZZ2zzzz1: client=mail.example.net"
		    "[198.51.100.99]",
		    "cleanup[8]: 4ZZZZZ2zzzz1: message-id=<z@example.net>",
		    "qmgr[9]: 4ZZZZZ2zzzz1: from=<z@example.net>, size=321, "
		    "nrcpt=1 (queue active)"):
			log.write("%s mx postfix/%s\n" % (now, line))
	clients.truth["unseen"] += 1


class Watch:
	def __init__(self, account):
		self.account = account

	def figures(self):
		flat = collections.Counter()
		for line in self.account.get("/metrics").splitlines():
			match = re.match(r"mailweir_(\w+?)(?:_total)?\{.*\} "
			    r"(\d+)$", line)
			if match:
				flat[match.group(1)] += int(match.group(2))
		return flat

	def until(self, **wanted):
		got = lambda: {name: self.figures()[name] for name in wanted}
		until(str(wanted), lambda: got() == wanted, lambda: [got()])


def mail(watch, clients):
	truth = clients.truth
	watch.until(wire_sessions=truth["sessions"],
	    wire_messages=truth["plain"],
	    wire_recipients=truth["recipients"], wire_rejects=truth["rejects"],
	    wire_relay_denied=truth["relay_denied"], wire_tls=truth["tls"],
	    wire_gaps=0, wire_packets_dropped=0,
	    messages_received=truth["plain"] + truth["sealed"],
	    rejects=truth["refused"])
	assert truth["plain"] == 4 and truth["sealed"] == truth["tls"] == 1
	assert truth["rejects"] == 4 and truth["relay_denied"] == 2


def losses(watch, root, clients):
	lose(watch.account, root, clients)
	watch.until(wire_messages=clients.truth["plain"])
	end = time.monotonic() + 20
	# Time passes in the log as clients come and go.
	while time.monotonic() < end and not (
	    watch.figures()["wire_unlogged"] and
	    watch.figures()["wire_unseen"] and
	    watch.figures()["wire_uncompared"]):
		clients.swaks("--quit-after", "CONNECT")
		time.sleep(0.1)
	watch.until(wire_logged=clients.truth["plain"] - 1, wire_unlogged=1,
	    wire_unseen=1, wire_uncompared=clients.truth["sealed"])


def rogue(watch, clients):
	"""Postfix has sent to FRIEND as well, and that is no rogue.  A user is,
	and who sends through this host."""
	until("Postfix sends", lambda: watch.figures()["wire_outbound"] > 0)
	watch.until(wire_rogue=0, wire_senders_unknown=0)
	subprocess.run(["setpriv", "--reuid", "1001", "--clear-groups",
	    "python3", "-c", "import socket, time\n"
	    "with socket.create_connection(('%s', 25)) as s:\n"
	    "\ts.recv(99); time.sleep(0.5); s.sendall(b'QUIT\\r\\n')\n"
	    % FRIEND], check=True, timeout=30)
	watch.until(wire_rogue=1)
	subprocess.run(clients.inside + ["python3", "-c", "import socket\n"
	    "s = socket.socket()\n"
	    "s.settimeout(0.1)\n"
	    "s.connect_ex(('%s', 25))\n" % NOWHERE], check=True, timeout=30)
	watch.until(wire_rogue=2)
	found = dict((one["key"], str(one["evidence"]))
	    for one in watch.account.api("alerts")["alerts"]
	    if one["rule"] == "rogue-sender")
	assert sorted(found) == [DESK, "kim"], found
	assert "connection to %s, port 25, by user kim" % FRIEND in found["kim"]
	assert "connection to %s, port 25, forwarded for" % NOWHERE in found[DESK]


def mail_packets(path):
	with open(path, "rb") as capture:
		data = capture.read()
	at, count = 24, 0
	while at < len(data):
		size = int.from_bytes(data[at + 8:at + 12], "little")
		count += is_mail(data[at + 16:at + 16 + size])
		at += 16 + size
	return count


def play(watch, clients, capture, daemon=None):
	"""Counted each second: what was before has to be counted, first.  While
	the daemon stands still its packets wait, and are dropped."""
	before, now = None, watch.figures()["wire_packets"]
	while before != now:
		time.sleep(1.5)
		before, now = now, watch.figures()["wire_packets"]
	before = watch.figures()
	if daemon:
		os.kill(daemon, signal.SIGSTOP)
	said = subprocess.run(clients.inside + ["tcpreplay", "--topspeed",
	    "--loop", LOOPS, "-i", "veth1", capture],
	    capture_output=True, text=True, timeout=60)
	if daemon:
		os.kill(daemon, signal.SIGCONT)
	assert re.search(r"Failed packets:\s+0$", said.stdout, re.M), said
	sent = mail_packets(capture) * int(LOOPS)
	assert sent > 100000, said
	both = lambda: sum(watch.figures()[name] - before[name]
	    for name in ("wire_packets", "wire_packets_dropped"))
	until("%d packets, captured or dropped" % sent,
	    lambda: both() == sent, lambda: [both()])
	dropped = watch.figures()["wire_packets_dropped"]
	dropped -= before["wire_packets_dropped"]
	assert not daemon or dropped > 0
	print("%d packets played at top speed, %d dropped" % (sent, dropped))


def main(root, data, daemon, pid, capture):
	clients = Clients(pid)
	watch = Watch(Account(data))
	watch.until(wire_sessions=0)
	send(clients)
	mail(watch, clients)
	rogue(watch, clients)
	losses(watch, root, clients)
	play(watch, clients, capture)
	play(watch, clients, capture, int(daemon))


main(*sys.argv[1:])
