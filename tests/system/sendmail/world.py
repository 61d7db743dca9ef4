"""world.py - a real Sendmail, its clients, and what truly became of their mail
"""
import collections
import glob
import os
import smtplib
import socket
import ssl
import subprocess

from account import until
from logger import Logger
from names import Names
from passwords import Passwords
from sink import Sink

SERVER = "192.0.2.1"
DESK, STRANGER, ABUSER, GUESSER, TRAVELLER = ("192.0.2.10", "198.51.100.7",
    "198.51.100.8", "198.51.100.9", "198.51.100.20")
HASTY, BANNED, IGNORED, PUT_OFF, LISTED = ("198.51.100.40", "198.51.100.66",
    "198.51.100.67", "198.51.100.68", "198.51.100.69")
HOSTS = {"mx.example.org": SERVER, "desk.example.org": DESK,
    "mail.example.net": STRANGER, "mx.example.com": "203.0.113.9",
    "down.example.com": "203.0.113.10", "traveller.example.net": TRAVELLER}
ZONE = {(name, "A"): address for name, address in HOSTS.items()}
ZONE.update({(".".join(reversed(address.split("."))) + ".in-addr.arpa",
    "PTR"): name for name, address in HOSTS.items()})
ZONE.update({
    ("example.net", "MX"): "mx.example.com",
    ("example.com", "MX"): "mx.example.com",
    ("loop.example", "MX"): "mx.example.org",
    ("failing.example", "FAIL"): "",
    (".".join(reversed(LISTED.split("."))) + ".bl.example.org", "A"):
	"127.0.0.2"})
SENDMAIL = "/usr/sbin/sendmail"
TRANSCRIPT = "/var/log/transcript"


class World:
	def __init__(self, root):
		self.root = root
		self.logger = Logger(root, root + "/var/log/maillog", "mx")
		self.names = Names("127.0.0.1", ZONE)
		self.passwords = Passwords(root + "/run/saslauthd/mux")
		os.chmod(root + "/run/saslauthd/mux", 0o777)
		self.sink = Sink("203.0.113.9",
		    root + "/etc/mail/certificate.pem")
		self.expected = collections.Counter()
		self.answers = collections.Counter()
		self.count = 0

	def start(self, label):
		self.daemon = subprocess.Popen(["/usr/sbin/chroot", self.root,
		    SENDMAIL, "-L", label, "-bD", "-X", TRANSCRIPT],
		    stdin=subprocess.DEVNULL)
		until("a listening Sendmail", self.listens)
		self.settle()

	def listens(self):
		with socket.socket() as s:
			return s.connect_ex((SERVER, 25)) == 0

	def stop(self):
		self.daemon.terminate()
		self.daemon.wait()

	def others(self):
		"""Processes of Sendmail that are not the daemon itself."""
		return [pid for pid in filter(str.isdigit, os.listdir("/proc"))
		    if int(pid) != self.daemon.pid and
		    name_of(pid) == "sendmail"]

	def settle(self):
		"""Sendmail has done all it will, and its log is written."""
		until("an idle Sendmail", lambda: not self.others(), self.others)
		self.logger.mark()

	def run(self, *words, user="0:0", text=None, status=0):
		done = subprocess.run(["/usr/sbin/chroot", "--userspec=" + user,
		    self.root, *words], input=text, timeout=30,
		    capture_output=True)
		if done.returncode != status:
			raise SystemExit("%s: %s %s" % (words, done.returncode,
			    done.stderr.decode()))
		return done.stdout.decode()

	def run_queue(self, *words):
		self.run(SENDMAIL, "-L", "sm-mta", "-q", *words)
		self.settle()

	def age(self, seconds):
		"""What waits in the queue came that much earlier (its T line)."""
		for path in glob.glob(self.root + "/var/spool/mqueue/qf*"):
			with open(path, "r+b") as file:
				lines = file.read().split(b"\n")
				file.seek(0)
				file.write(b"\n".join(b"T%d" % (int(line[1:]) -
				    seconds) if line[:1] == b"T" else line
				    for line in lines))
				file.truncate()

	def connect(self, source, helo=None):
		return smtplib.SMTP(SERVER, 25, helo or "client.example.net",
		    source_address=(source, 0), timeout=20)

	def raw(self, source):
		return socket.create_connection((SERVER, 25), 20, (source, 0))

	def text(self, subject, size=0):
		self.count += 1
		lines = "".join("%060d\r\n" % n for n in range(size // 62 + 1))
		return ("From: <sender@example.net>\r\nSubject: %s\r\n"
		    "Message-ID: <%d.test@example.net>\r\n\r\n%s" %
		    (subject, self.count, lines)).encode()

	def offer(self, session, sender, recipients, subject="hello", size=0,
	    options=(), rcpt_options=()):
		"""The codes of all replies up to the one that decides."""
		codes = self.talk(session, sender, recipients, subject, size,
		    options, rcpt_options)
		self.answers.update(refused=sum(code >= 400 for code in codes),
		    taken=len(codes) > 1 and codes[-1] == 250)
		return codes

	def talk(self, session, sender, recipients, subject, size, options,
	    rcpt_options):
		session.ehlo_or_helo_if_needed()
		code, _ = session.mail(sender, options)
		if code != 250:
			session.rset()
			return [code]
		codes = [session.rcpt(address, rcpt_options)[0]
		    for address in recipients]
		if 250 not in codes:
			session.rset()
			return codes
		return codes + [session.data(self.text(subject, size))[0]]

	def send(self, source, sender, recipients, *codes, helo=None, **more):
		"""One session, one message, answered as the codes say."""
		session = self.connect(source, helo)
		said = self.offer(session, sender, recipients, **more)
		session.quit()
		assert said == list(codes or [250] * (len(recipients) + 1)), said

	def arrives(self, **where):
		self.expected.update(where)

	def arrived(self):
		"""Messages in each mailbox and file, recipients at the sink."""
		found = collections.Counter(sink=len(self.sink.taken))
		for folder in ("mail", "spool/files"):
			place = "%s/var/%s" % (self.root, folder)
			for name in os.listdir(place):
				if name.startswith("."):
					continue
				with open(place + "/" + name, "rb") as file:
					found[name] = sum(line.startswith(
					    b"From ") for line in file)
		return +found


def name_of(pid):
	try:
		with open("/proc/%s/comm" % pid) as file:
			return file.read().strip()
	except OSError:
		return None


def trusting():
	context = ssl.create_default_context()
	context.check_hostname = False
	context.verify_mode = ssl.CERT_NONE
	return context
