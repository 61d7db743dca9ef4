"""fates.py - one message each, and where it must arrive"""
import base64

from world import (ABUSER, BANNED, DESK, GUESSER, HASTY, IGNORED, LISTED,
    PUT_OFF, SENDMAIL, STRANGER, TRAVELLER, trusting)

ADA, KIM, LEE = ("%s@mx.example.org" % name for name in ("ada", "kim", "lee"))
FRIEND, SENDER = "friend@example.com", "sender@example.net"


def to_a_mailbox(world):
	world.send(STRANGER, SENDER, [ADA])
	world.arrives(ada=1)


def to_three_mailboxes(world):
	world.send(STRANGER, SENDER, [ADA, KIM, LEE], size=20000)
	world.arrives(ada=1, kim=1, lee=1)


def from_us_to_us(world):
	world.send(DESK, ADA, [KIM])
	world.arrives(kim=1)


def to_elsewhere(world):
	world.send(DESK, ADA, [FRIEND])
	world.arrives(sink=1)


def to_elsewhere_and_here(world):
	world.send(DESK, ADA, [FRIEND, "other@example.com", KIM], size=3000)
	world.arrives(sink=2, kim=1)


def to_an_alias(world):
	world.send(STRANGER, SENDER, ["team@mx.example.org"])
	world.arrives(kim=1, lee=1)


def to_ourselves_by_mistake(world):
	"""Their name server says that we take their mail."""
	world.send(DESK, ADA, ["kim@loop.example"])
	world.arrives(ada=1, kim=2)


def to_a_file(world):
	world.send(STRANGER, SENDER, ["file@mx.example.org"], size=4000)
	world.arrives(archive=1)


def to_a_program(world):
	world.send(STRANGER, SENDER, ["program@mx.example.org"], size=1200)
	world.arrives(program=1)


def to_a_program_that_fails(world):
	"""The sender is told, and the postmaster gets a copy of that."""
	world.send(STRANGER, SENDER, ["failing@mx.example.org"])
	world.arrives(sink=1, kim=1)


def to_a_program_that_waits(world):
	world.send(STRANGER, SENDER, ["waiting@mx.example.org"], size=2500)


def when_it_waits_no_more(world):
	world.run("/bin/sh", "-c", ": >/var/spool/files/.open")
	world.run_queue()
	world.arrives(program=1)


def to_everything_at_once(world):
	world.send(STRANGER, SENDER, ["mixed@mx.example.org"], size=7000)
	world.arrives(kim=1, archive=1, program=1, sink=1)


def forwarded_away(world):
	world.send(STRANGER, SENDER, ["away@mx.example.org"])
	world.arrives(sink=1)


def forwarded_by_its_owner(world):
	world.run("/bin/sh", "-c", "echo '\\lee, friend@example.com' "
	    ">/home/lee/.forward && chown 1002:1002 /home/lee/.forward")
	world.send(STRANGER, SENDER, [LEE])
	world.settle() # who delivers it is another process, and reads it late
	world.run("/bin/rm", "/home/lee/.forward")
	world.arrives(lee=1, sink=1)


def to_a_list(world):
	"""The copy for the list comes from its owner: a clone."""
	world.send(STRANGER, SENDER, ["list@mx.example.org", ADA])
	world.arrives(lee=1, sink=1, ada=1)


def to_nobody(world):
	world.send(STRANGER, SENDER, ["nobody1@mx.example.org"], 550)


def to_nobody_and_somebody(world):
	world.send(STRANGER, SENDER, ["nobody2@mx.example.org", ADA], 550,
	    250, 250)
	world.arrives(ada=1)


def through_us(world):
	world.send(ABUSER, SENDER, ["victim@example.com"], 550)


def through_us_in_disguise(world):
	world.send(ABUSER, SENDER,
	    ['"to=<ada@mx.example.org>, stat=Sent"@example.com'], 550)


def from_no_domain(world):
	world.send(STRANGER, "x@nowhere.example", [ADA], 553)


def from_a_domain_that_fails(world):
	world.send(STRANGER, "x@failing.example", [ADA], 451)


def from_the_refused(world):
	world.send(STRANGER, "refused@example.net", [ADA], 550)


def from_the_dropped(world):
	world.send(STRANGER, "dropped@example.net", [ADA])


def from_the_held(world):
	world.send(STRANGER, "held@example.net", [ADA])


def when_it_is_let_go(world):
	world.run(SENDMAIL, "-L", "sm-mta", "-qQ", "-Q")
	world.run_queue()
	world.arrives(ada=1)


def to_the_closed(world):
	world.send(STRANGER, SENDER, ["closed@mx.example.org"], 550)


def to_the_hole(world):
	world.send(STRANGER, SENDER, ["hole@mx.example.org"])


def from_a_banned_client(world):
	world.send(BANNED, SENDER, [ADA], 550)


def from_an_ignored_client(world):
	world.send(IGNORED, SENDER, [ADA])


def from_a_client_put_off(world):
	world.send(PUT_OFF, SENDER, [ADA], 450)


def from_a_listed_client(world):
	world.send(LISTED, SENDER, [ADA], 550)


def from_a_hasty_client(world):
	session = world.raw(HASTY)
	session.sendall(b"EHLO hasty.example.net\r\nQUIT\r\n")
	assert session.recv(1000).startswith(b"554 ")
	session.close()
	world.answers.update(refused=2) # the greeting, and EHLO


def with_refused_words(world):
	world.send(STRANGER, SENDER, [ADA], 250, 550,
	    subject="please reject this")


def with_words_to_discard(world):
	world.send(STRANGER, SENDER, [ADA], subject="please discard this")


def with_words_to_hold(world):
	world.send(STRANGER, SENDER, [KIM, ADA], subject="please hold this")


def declared_too_large(world):
	world.send(STRANGER, SENDER, [ADA], 552, options=["SIZE=70000"])


def too_large(world):
	world.send(STRANGER, SENDER, [ADA], 250, 552, size=70000)


def to_too_many(world):
	world.send(STRANGER, SENDER, [ADA, KIM, LEE, ADA, KIM, LEE],
	    250, 250, 250, 250, 250, 452, 250)
	world.arrives(ada=1, kim=1, lee=1)


def to_the_gone(world):
	"""Refused elsewhere: the sender here is told."""
	world.send(DESK, ADA, ["gone@example.com"])
	world.arrives(ada=1, kim=1)


def to_the_fussy(world):
	world.send(DESK, SENDER, ["fussy@example.com"], size=2200)
	world.arrives(sink=1, kim=1)


def to_the_gone_from_nobody(world):
	"""Nobody to tell but the postmaster, who gets his copy besides."""
	world.send(DESK, "", ["gone@example.com"])
	world.arrives(kim=2)


def to_the_busy(world):
	world.send(DESK, ADA, ["later@example.com"], size=5000)
	world.settle()
	world.run_queue()
	assert world.sink.put_off == 2


def when_they_have_time(world):
	world.run_queue()
	world.arrives(sink=1)


def to_a_host_that_is_down(world):
	world.send(DESK, ADA, ["kim@down.example.com"])


def when_it_waited_long(world):
	"""The sender is warned, and the message goes on waiting."""
	world.age(5 * 3600)
	world.run_queue()
	world.arrives(ada=1)


def when_it_waited_too_long(world):
	world.age(5 * 86400)
	world.run_queue()
	world.arrives(ada=1, kim=1)


def to_a_full_mailbox(world):
	world.run("/usr/bin/touch", "/var/mail/.full.lee")
	world.send(STRANGER, SENDER, [LEE, KIM], size=9000)
	world.arrives(kim=1)
	world.settle()
	world.run("/bin/rm", "/var/mail/.full.lee")
	world.run_queue()
	world.arrives(lee=1)


def by_relay(world):
	world.send(DESK, ADA, ["x@partner.example", "y@partner.example"])
	world.arrives(sink=2)


def by_old_mailers(world):
	world.send(DESK, ADA, ["x@plain.example", "y@eight.example"])
	world.arrives(sink=2)


def to_a_wall(world):
	world.send(DESK, ADA, ["x@wall.example"], 550)


def by_hand(world):
	world.run(SENDMAIL, "-t", user="1001:1001", text=b"To: " +
	    ADA.encode() + b", " + FRIEND.encode() + b"\nSubject: by hand\n\n"
	    b"hello\n")
	world.arrives(ada=1, sink=1)
	world.answers.update(taken=1)


def by_hand_from_another(world):
	world.run(SENDMAIL, "-f", SENDER, LEE, user="1003:1003",
	    text=b"Subject: by hand\n\n" + b"%060d\n" % 7 * 100)
	world.arrives(lee=1)
	world.answers.update(taken=1)


def with_a_receipt(world):
	world.send(STRANGER, SENDER, [ADA], rcpt_options=["NOTIFY=SUCCESS"])
	world.arrives(ada=1, sink=1)


def under_cover(world):
	session = world.connect(STRANGER)
	session.starttls(context=trusting())
	assert world.offer(session, SENDER, [KIM]) == [250, 250]
	session.quit()
	world.arrives(kim=1)


def by_a_user(world):
	session = world.connect(TRAVELLER)
	session.login("kim", "secret kim")
	assert world.offer(session, KIM, [FRIEND, ADA]) == [250] * 3
	session.quit()
	world.arrives(sink=1, ada=1)


def by_a_guesser(world):
	session = world.connect(GUESSER)
	session.ehlo()
	for guess in ("123456", "stat=Sent"):
		code, _ = session.docmd("AUTH PLAIN", base64.b64encode(
		    ("\0kim\0" + guess).encode()).decode())
		assert code == 535, code
	assert world.offer(session, SENDER, [FRIEND]) == [550]
	session.quit()


def lost_on_the_way(world):
	session = world.connect(ABUSER)
	session.ehlo()
	session.mail(SENDER)
	session.rcpt(ADA)
	session.putcmd("DATA")
	assert session.getreply()[0] == 354
	session.send(b"Subject: half a m")
	session.close()


def never_begun(world):
	session = world.connect(ABUSER)
	session.ehlo()
	assert session.verify(ADA)[0] in (250, 252)
	session.docmd("EXPN", "team")
	session.close()


def after_another(world):
	session = world.connect(STRANGER)
	assert world.offer(session, SENDER, [ADA]) == [250] * 2
	assert world.offer(session, SENDER, ["nobody3@mx.example.org"]) == [550]
	assert world.offer(session, SENDER, [KIM, LEE]) == [250] * 3
	session.quit()
	world.arrives(ada=1, kim=1, lee=1)


def with_strange_addresses(world):
	world.send(STRANGER, '"a, stat=Sent <b>"@example.net',
	    ['"ada"@mx.example.org', "kim+stat=Sent@mx.example.org"])
	world.arrives(ada=1, kim=1)


FATES = [to_a_mailbox, to_three_mailboxes, from_us_to_us, to_elsewhere,
    to_elsewhere_and_here, to_ourselves_by_mistake, to_an_alias, to_a_file, to_a_program,
    to_a_program_that_fails, to_a_program_that_waits, when_it_waits_no_more,
    to_everything_at_once, forwarded_away, forwarded_by_its_owner, to_a_list,
    to_nobody, to_nobody_and_somebody, through_us, through_us_in_disguise,
    from_no_domain, from_a_domain_that_fails, from_the_refused,
    from_the_dropped, from_the_held, when_it_is_let_go, to_the_closed,
    to_the_hole, from_a_banned_client, from_an_ignored_client,
    from_a_client_put_off, from_a_listed_client, from_a_hasty_client,
    with_refused_words, with_words_to_discard, with_words_to_hold,
    declared_too_large, too_large, to_too_many, to_the_gone, to_the_fussy,
    to_the_gone_from_nobody, to_the_busy, when_they_have_time,
    to_a_host_that_is_down, when_it_waited_long, when_it_waited_too_long,
    to_a_full_mailbox, by_relay, by_old_mailers, to_a_wall, by_hand,
    by_hand_from_another, with_a_receipt, under_cover, by_a_user, by_a_guesser,
    lost_on_the_way, never_begun, after_another, with_strange_addresses]
