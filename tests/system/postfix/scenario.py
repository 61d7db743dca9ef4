"""scenario.py ROOT DATA CONFIG PICTURES - mail of every kind, and the account

ROOT is the file tree in which Postfix runs, DATA the daemon's directory.
"""
import base64
import collections
import json
import os
import ssl
import subprocess
import sys
import time

from account import Account, differences, until
from page import Page
from world import (ABUSER, BANNED, DESK, GUESSER, RELAYED, STRANGER,
    TRAVELLER, World)

ADA, BOB, CYD = "ada@example.org", "bob@example.org", "cyd@example.org"
KIM, FRIEND = "kim@mx.example.org", "friend@example.com"
SENDER = "sender@example.net"


def ordinary_mail(world):
	world.accepted(STRANGER, SENDER, [ADA])
	world.accepted(STRANGER, SENDER, [ADA, BOB, CYD], size=20000)
	world.accepted(DESK, ADA, [BOB])
	world.sent("virtual", 5)
	world.accepted(DESK, ADA, [FRIEND])
	world.accepted(DESK, ADA, [FRIEND, "other@example.com", BOB])
	world.expect("relay network", n=2)
	world.sent("smtp", 3)
	world.sent("virtual")
	session = world.connect(STRANGER)
	session.starttls(context=trusting())
	for _ in range(2):
		assert world.send(session, SENDER, [ADA])[0] == 250
		world.received(STRANGER, 1)
		world.sent("virtual")
	session.quit()
	world.expect("sessions tls", "sessions tls_1_3")


def trusting():
	context = ssl.create_default_context()
	context.check_hostname = False
	context.verify_mode = ssl.CERT_NONE
	return context


def aliases(world):
	world.accepted(STRANGER, SENDER, ["team@mx.example.org"])
	world.sent("local", 2)
	world.accepted(STRANGER, SENDER, ["away@mx.example.org"])
	world.expect("messages generated")
	world.sent("local", arrives=False)
	world.sent("smtp")


def refusals(world):
	session = world.connect(STRANGER)
	for n in range(3):
		world.refused(world.send(session, SENDER, [
		    "nobody%d@example.org" % n]), 550, STRANGER,
		    "unknown_recipient")
	session.mail(SENDER)
	assert session.rcpt(ADA)[0] == 250
	world.refused(session.rcpt("nobody@example.org"), 550, STRANGER,
	    "unknown_recipient")
	assert session.data(world.text("mixed"))[0] == 250
	session.quit()
	world.received(STRANGER, 1)
	world.sent("virtual")

	session = world.connect(ABUSER)
	for address in (FRIEND, '"to=<ada@example.org>, status=sent"@example.com'):
		world.refused(world.send(session, SENDER, [address]), 554,
		    ABUSER, "relay_denied")
	session.quit()
	session = world.connect(ABUSER)
	world.refused(world.send(session, "", ["victim@example.com"]), 554,
	    ABUSER, "relay_denied")
	session.quit()

	session = world.connect(ABUSER, helo="localhost")
	world.refused(world.send(session, SENDER, [ADA]), 504, ABUSER,
	    "bad_helo")
	session.quit()
	session = world.connect(BANNED)
	world.refused(world.send(session, SENDER, [ADA]), 554, BANNED,
	    "access_denied")
	session.quit()


def refused_content(world):
	session = world.connect(STRANGER)
	world.refused(world.send(session, SENDER, [ADA],
	    options=["SIZE=60000"]), 552, STRANGER, "too_large")
	world.refused(world.send(session, SENDER, [ADA], size=60000), 552,
	    STRANGER, "too_large")
	world.refused(world.send(session, SENDER, [ADA], "please reject"), 550,
	    STRANGER, "content")
	assert world.send(session, SENDER, [ADA], "please discard")[0] == 250
	world.discarded()
	assert world.send(session, SENDER, [ADA], "please hold")[0] == 250
	world.received(STRANGER, 1)
	world.expect("messages quarantined", "mailer smtp msgs_quarantined")
	session.quit()


def probes(world):
	world.connect(STRANGER).quit()
	world.expect("probes empty")
	session = world.connect(ABUSER)
	session.ehlo()
	assert session.verify(ADA)[0] == 252
	world.refused(session.verify("nobody@example.org"), 550, ABUSER,
	    "unknown_recipient")
	session.quit()
	world.expect("probes vrfy", n=2)
	session = world.connect(ABUSER)
	session.ehlo()
	session.mail(SENDER)
	session.close()
	world.expect("sessions lost")


def postscreen(world):
	early = world.raw(ABUSER, 2500)
	early.sendall(b"EHLO early.example.net\r\n")
	replies = early.makefile("r")
	for line in replies:
		if line.startswith("250 "):
			break
	early.sendall(b"MAIL FROM:<>\r\nRCPT TO:<ada@example.org>\r\nQUIT\r\n")
	codes = [int(line[:3]) for line in replies]
	early.close()
	world.refused((codes[1],), 550, ABUSER, "protocol")
	# It also sent commands together that it should have sent in turn.
	world.expect("probes pregreet", "probes non_smtp")
	world.accepted(STRANGER, SENDER, [ADA], 2500)
	world.sent("virtual")


def users(world):
	session = world.connect(TRAVELLER, 587)
	session.starttls(context=trusting())
	session.login("kim", "secret kim")
	assert world.send(session, KIM, [FRIEND, ADA])[0] == 250
	session.quit()
	world.received(TRAVELLER, 2)
	world.sent("smtp")
	world.sent("virtual")
	world.expect("sessions tls", "sessions tls_1_3", "auth ok",
	    "relay authenticated", "account kim received")
	world.expect("account kim recipients", n=2)
	session = world.connect(GUESSER, 587)
	session.ehlo()
	for guess in ("123456", "status=sent (250 Ok)"):
		code, _ = session.docmd("AUTH PLAIN", base64.b64encode(
		    ("\0kim\0" + guess).encode()).decode())
		assert code == 535
		world.expect("auth failed", "tile auth_failed",
		    "client %s auth_failed" % GUESSER)
	session.quit()


def open_relay(world):
	world.accepted(RELAYED, SENDER, ["victim@example.com"], 2526)
	world.expect("relay open")
	world.sent("smtp")


def sendmail(world):
	world.run("/usr/sbin/sendmail", "-f", KIM, ADA, FRIEND,
	    user="1001:1001", text=world.text("by hand"))
	world.received(None, 2, "local")
	world.sent("virtual")
	world.sent("smtp")


def filters(world):
	for port in (2531, 2532, 2533, 2534, 2535):
		world.accepted(STRANGER, SENDER, [ADA, BOB], port)
		world.sent("virtual", 2)
	for port in (2531, 2532, 2533):
		world.accepted(DESK, ADA, [FRIEND], port)
		world.expect("relay network")
		world.sent("smtp")
	world.accepted(STRANGER, SENDER, [ADA], 2531, subject="buy pills")
	world.discarded()
	world.accepted(STRANGER, SENDER, [ADA], 2531, subject="eicar")
	world.bounced("smtp")
	session = world.connect(STRANGER, 2535)
	world.refused(world.send(session, SENDER, [ADA], "eicar"), 554,
	    STRANGER, "policy")
	assert world.send(session, SENDER, [ADA], "buy pills")[0] == 250
	world.discarded()
	session.quit()
	world.settled()
	seen = [f.seen for f in (world.forwarding, world.naming, world.silent)]
	assert seen == [7, 2, 2], seen


def failures(world):
	world.accepted(DESK, ADA, ["gone@example.com"])
	world.accepted(DESK, ADA, ["fussy@example.com"])
	world.accepted(DESK, ADA, ["later@example.com"])
	world.expect("relay network", n=3)
	for _ in range(2):
		world.bounced("virtual")
	for tries in (1, 2):
		world.deferred()
		until("delivery %d put off" % tries,
		    lambda: world.sink.put_off == tries)
		world.settled()
		if tries == 2:
			world.waiting()
		world.run("/usr/sbin/postqueue", "-f")
	world.sent("smtp")
	assert world.queued("hold") == 1
	world.run("/usr/sbin/postsuper", "-H", "ALL")
	world.run("/usr/sbin/postqueue", "-f")
	world.sent("virtual")
	world.settled("deferred", "hold")
	assert world.sink.refused == 2


def shares(expected):
	"""What the page has as a part of something."""
	rejected = expected["rejects total"]
	return {"tile rejected_share":
	    rejected / (rejected + expected["messages received"]),
	    "tile tls_share":
	    expected["sessions tls"] / expected["sessions connected"]}


def compare(world, account, when):
	for name, share in shares(world.expected).items():
		world.expected[name] = share

	def left():
		return differences(world.expected, {name: value for name, value
		    in account.figures().items() if "bytes" not in name})
	until(when, lambda: not left(), left)
	print("%s: %d figures are what was sent" % (when, len(world.expected)))


def compare_bytes(world, account):
	"""What arrived, byte for byte."""
	figures = account.figures()
	for mailer, n in world.bytes_arrived().items():
		counted = figures["mailer %s bytes_to" % mailer]
		assert n == counted, (mailer, n, counted)
		print("by %s: %d bytes, as they arrived" % (mailer, n))


def open_page(account, config):
	link = subprocess.run([os.environ["MAILWEIR"], "open", "-c", config],
	    check=True, capture_output=True, text=True).stdout.strip()
	page = Page(os.path.dirname(config) + "/profile")
	page.visit(link)
	page.ready("24h")
	page.visit(account.base + "/?range=1h")
	page.ready("1h")
	return page


def named(world, prefix):
	return {name[len(prefix):]: n for name, n in world.expected.items()
	    if name.startswith(prefix)}


def look(world, page, pictures):
	"""The page was open all the time; its tables come with a new look."""
	tiles = {name: n for name, n in named(world, "tile ").items()
	    if isinstance(n, int) and name not in ("coverage", "auth_failed")}
	until("figures on the page", lambda: page.tiles() == tiles,
	    lambda: [page.tiles(), tiles])
	live = {"in": tiles["received"], "out": tiles["sent"],
	    "rejected": tiles["rejected"]}
	until("figures of the last minute", lambda: page.live() == live,
	    lambda: [page.live(), live])
	page.renew()
	figures = collections.Counter()
	for mailer, *cells in page.table("mailers"):
		for column, n in zip(("msgs_from", "bytes_from", "msgs_to",
		    "bytes_to", "msgs_rejected", "msgs_discarded",
		    "msgs_quarantined"), cells):
			figures["mailer %s %s" % (mailer, column)] = int(n)
	for reason, _, n in page.table("rejects"):
		figures["rejects " + reason.replace(" ", "_")] = int(n)
	for client, *cells, _ in page.table("clients"):
		for column, n in zip(("rejected", "relay_denied", "auth_failed",
		    "login_failed", "received"), cells):
			figures["client %s %s" % (client, column)] = int(n)
	for user, received, recipients, *_ in page.table("accounts"):
		figures["account %s received" % user] = int(received)
		figures["account %s recipients" % user] = int(recipients)
	unseen = ("rejects total", "rejects permanent", "bounced", "deferred")
	wrong = differences(
	    {name: n for name, n in world.expected.items() if name.split()[0]
	    in ("mailer", "rejects", "client", "account") and
	    not name.endswith(unseen)},
	    {name: n for name, n in figures.items() if "bytes" not in name})
	page.picture(pictures + "/page.png")
	if wrong:
		raise SystemExit("\n".join(["on the page:"] + wrong))
	print("on the page: tiles, last minute and tables are what was sent")


def queues(world, account, config):
	"""As Postfix itself lists them; by its socket they are the same."""
	names = ("active", "deferred", "hold", "incoming")
	listed = [json.loads(line) for line in subprocess.run(
	    ["/usr/sbin/chroot", world.root, "/usr/sbin/postqueue", "-j"],
	    check=True, capture_output=True, text=True,
	    timeout=30).stdout.splitlines()]
	expected = {name: sum(message["queue_name"] == name
	    for message in listed) for name in names}
	assert expected["hold"] > 0 and expected["deferred"] > 0, expected
	oldest = min(message["arrival_time"] for message in listed)

	def counted():
		queue = account.api("overview?range=1h")["queue"] or {}
		age = queue.pop("oldest_seconds", 0)
		return queue == expected and abs(time.time() - age - oldest) < 3

	until("queues as postqueue lists them", counted,
	    lambda: [expected, account.api("overview?range=1h")["queue"]])
	# Who may not read the directories asks showq, as here everybody does.
	other = config + ".showq"
	with open(other, "w") as file:
		file.write('data = "/nonexistent"\nsource "showq" { '
		    'type = "queue" system = "postfix" path = '
		    '"%s/var/spool/postfix/public/showq" }\n' % world.root)
	said = subprocess.run([os.environ["MAILWEIR"], "check", "-c", other],
	    capture_output=True, text=True).stdout
	words = "%d active, %d deferred, %d on hold, %d incoming" % tuple(
	    expected[name] for name in names)
	assert words in said, (words, said)
	print("queues: " + words + ", also by showq")


def main(root, data, config, pictures):
	world = World(root)
	account = Account(data)
	page = open_page(account, config)
	world.waiting = lambda: queues(world, account, config)
	for part in (ordinary_mail, aliases, refusals, refused_content, probes,
	    postscreen, users, open_relay, sendmail, filters, failures):
		part(world)
	arrived = world.deliveries()
	assert arrived == world.meant, (arrived, world.meant)
	compare(world, account, "live")
	compare_bytes(world, account)
	look(world, page, pictures)
	page.close()
	world.run("/usr/sbin/postfix", "stop")
	compare(world, account, "after Postfix stopped")


if __name__ == "__main__":
	main(*sys.argv[1:])
