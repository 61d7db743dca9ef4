"""alerts.py ROOT PLACE KEEP LOCAL MAILBOX - alert mails through a real server

ROOT is the file tree of the server, LOCAL its port on loopback, MAILBOX kim's.
For each way an agent runs in the tree, as nobody, reads a log in which a client
tries to relay, and mails; what arrives is read with Python's own reader of mail
and kept in KEEP.
"""
import email
import email.policy
import mailbox
import os
import struct
import subprocess
import sys
import time

from account import Account, until

PNG = b"\x89PNG\r\n\x1a\n"
ABUSER = "203.0.113.7"
LINE = ("%s mx1 postfix/smtpd[812]: NOQUEUE: reject: RCPT from unknown[%s]: "
    "554 5.7.1 <victim@example.com>: Relay access denied; from=<%s@example.net> "
    "to=<victim@example.com> proto=SMTP helo=<pc>\n")
FORGED = ["a", "x> Bcc: <all@example.org", "<script>alert(1)</script>"]

CONFIG = """
data = "%(place)s/data-%(way)s"
user = "nobody"
networks = {"192.0.2.0/24"}
domains = {"mx.example.org"}
source "log" { path = "/tmp/alerts-%(way)s.log" }
web { listen = "127.0.0.1:0" }
mail {
	to       = {"kim@mx.example.org"}
	ways     = {"%(way)s"}
	local    = "127.0.0.1:%(local)s"
	sendmail = "/usr/sbin/sendmail"
}
"""


def messages(path):
	"""A mailbox is a file, or a Maildir."""
	if os.path.isdir(path):
		names = sorted(os.path.join(path, "new", name) for name in
		    os.listdir(path + "/new")) if os.path.isdir(
		    path + "/new") else []
		return [open(name, "rb").read() for name in names]
	if not os.path.exists(path):
		return []
	box = mailbox.mbox(path)
	return [box.get_bytes(key) for key in box.keys()]


def alerts(path):
	parsed = [email.message_from_bytes(message,
	    policy=email.policy.default) for message in messages(path)]
	return [message for message in parsed if
	    "relay-abuse" in str(message["Subject"])]


class Agent:
	def __init__(self, root, place, way, local):
		data = "%s/data-%s" % (place, way)
		os.makedirs(root + data)
		os.chown(root + data, 65534, 65534)
		self.log = "%s/tmp/alerts-%s.log" % (root, way)
		open(self.log, "w").close()
		config = "%s%s/%s.conf" % (root, place, way)
		with open(config, "w") as file:
			file.write(CONFIG % {"place": place, "way": way,
			    "local": local})
		self.said = open("%s/said-%s" % (place, way), "w+")
		self.process = subprocess.Popen(["/usr/sbin/chroot", root,
		    os.environ["MAILWEIR"], "run", "-c", config[len(root):]],
		    stdout=self.said, stderr=subprocess.STDOUT)
		until("a running agent", lambda: "dashboard:" in self.words(),
		    lambda: [self.words()])
		# What is in the log when it is first read is the past: only once
		# all is read, and the agent's clock went on, there are alerts.
		account = Account(root + data)
		begin = account.api("health")["now"]
		until("an agent that is at the end of its log", lambda:
		    account.api("overview")["catching_up"] < 0 and
		    account.api("health")["now"] > begin + 1)

	def words(self):
		self.said.seek(0)
		return self.said.read()

	def relay(self):
		with open(self.log, "a") as file:
			for forged in FORGED:
				file.write(LINE % (time.strftime(
				    "%b %e %H:%M:%S"), ABUSER, forged))

	def stop(self):
		self.process.terminate()
		assert self.process.wait(30) == 0, self.words()


def check(message, keep):
	"""Everything a reader of mail would look at."""
	for name in ("Subject", "From", "To", "Date", "Message-ID",
	    "Auto-Submitted", "MIME-Version"):
		assert len(message.get_all(name, [])) == 1, (name, str(message))
	assert message["Bcc"] is None
	assert message["Auto-Submitted"] == "auto-generated"
	assert message["Subject"].startswith("[mx1] relay-abuse: " + ABUSER +
	    " refused 3 times in 10 min"), message["Subject"]
	assert abs(message["Date"].datetime.timestamp() - time.time()) < 120
	parts = list(message.walk())
	assert [part.get_content_type() for part in parts] == [
	    "multipart/alternative", "text/plain", "multipart/related",
	    "text/html", "image/png"], parts
	assert not any(part.defects for part in parts)
	text = message.get_body(("plain",)).get_content()
	html = message.get_body(("html",)).get_content()
	for words in ("What ", "Who ", "Since ", "How bad ", "Done ",
	    "mailweir block " + ABUSER, "Evidence", "Dashboard: "):
		assert words in text, (words, text)
	assert text.index("What ") < text.index("Who ") < text.index(
	    "Since ") < text.index("How bad ") < text.index("Done ") < \
	    text.index("Evidence") < text.index("Dashboard: ")
	for forged in FORGED:
		assert "from=<%s@" % forged in text, (forged, text)
	assert "<script" not in html
	picture = parts[4]
	assert 'src="cid:%s"' % picture["Content-ID"][1:-1] in html
	png = picture.get_content()
	assert png[:8] == PNG and struct.unpack(">II", png[16:24]) == (600, 220)
	with open(keep + ".html", "w") as file:
		file.write(html.replace("cid:" + picture["Content-ID"][1:-1],
		    os.path.basename(keep) + ".png"))
	with open(keep + ".png", "wb") as file:
		file.write(png)


def main(root, place, keep, local, path):
	os.makedirs(keep, exist_ok=True)
	server = os.path.basename(keep)
	for n, way in enumerate(("local", "sendmail")):
		agent = Agent(root, place, way, local)
		agent.relay()
		until("a mail by " + way, lambda: len(alerts(path)) > n,
		    lambda: [agent.words()] + messages(path))
		message = alerts(path)[n]
		check(message, "%s/%s" % (keep, way))
		# Who handed it over: by SMTP from loopback, or user nobody.
		came = " ".join(message.get_all("Received")[-1].split())
		assert ("127.0.0.1" in came) == (way == "local"), came
		until("that it is known to be sent",
		    lambda: ": sent: " + way in agent.words(),
		    lambda: [agent.words()])
		agent.stop()
		print("an alert by %s, %s: %s" % (server, way, came))


if __name__ == "__main__":
	main(*sys.argv[1:])
