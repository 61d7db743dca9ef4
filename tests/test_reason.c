/* test_reason.c - why a client was refused, by the reply it was given */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/reason.h"

static const struct {
	enum refusal_stage stage;
	unsigned code;
	const char *dsn, *text;
	enum reason reason;
} replies[] = {
	/* Postfix */
	{ REFUSED_RCPT, 554, "5.7.1", "5.7.1 : relay access denied",
	    REASON_RELAY_DENIED },
	{ REFUSED_RCPT, 454, "4.7.1", "4.7.1 : relay access denied",
	    REASON_RELAY_DENIED },
	{ REFUSED_RCPT, 550, "5.1.1",
	    "5.1.1 : recipient address rejected: user unknown in local "
	    "recipient table",
	    REASON_UNKNOWN_RECIPIENT },
	{ REFUSED_RCPT, 550, "5.1.1", "5.1.1 recipient refused by milter",
	    REASON_POLICY },
	{ REFUSED_RCPT, 550, "5.3.2", "5.3.2 service currently unavailable",
	    REASON_ACCESS_DENIED },
	{ REFUSED_RCPT, 450, "4.3.2", "4.3.2 service currently unavailable",
	    REASON_GREYLISTED },
	{ REFUSED_RCPT, 452, "4.5.3", "4.5.3 error: too many recipients",
	    REASON_TOO_MANY_RECIPIENTS },
	{ REFUSED_RCPT, 450, "4.7.1",
	    "4.7.1 error: too many recipients from 192.0.2.1",
	    REASON_RATE_LIMITED },
	{ REFUSED_CONNECT, 421, "4.7.0",
	    "4.7.0 mx error: too many connections from 192.0.2.1",
	    REASON_RATE_LIMITED },
	{ REFUSED_CONNECT, 450, "4.7.25",
	    "4.7.25 client host rejected: cannot find your hostname, ",
	    REASON_NO_REVERSE_DNS },
	{ REFUSED_RCPT, 550, "5.7.27",
	    "5.7.27 : sender address rejected: domain example.net does not "
	    "accept mail (nullmx)",
	    REASON_UNKNOWN_SENDER },
	{ REFUSED_RCPT, 550, "5.7.23",
	    "5.7.23 : recipient address rejected: message rejected due to: "
	    "spf fail",
	    REASON_POLICY },
	{ REFUSED_DATA, 550, "5.7.1", "5.7.1 worm subject", REASON_CONTENT },
	{ REFUSED_DATA, 550, "5.7.1", "5.7.1 attachment type not allowed",
	    REASON_ATTACHMENT },
	{ REFUSED_DATA, 451, "4.7.1",
	    "4.7.1 service unavailable - try again later", REASON_POLICY },
	{ REFUSED_OTHER, 221, "2.7.0", "2.7.0 error: i can break rules, too.",
	    REASON_PROTOCOL },
	/* Sendmail */
	{ REFUSED_RCPT, 550, "5.7.1",
	    "5.7.1 ... relaying denied. ip name lookup failed [192.0.2.1]",
	    REASON_RELAY_DENIED },
	{ REFUSED_MAIL, 550, "5.7.1",
	    "5.7.1 rejected: 192.0.2.1 listed at zen.example", REASON_DNSBL },
	{ REFUSED_MAIL, 553, "5.1.8",
	    "5.1.8 ... domain of sender address x does not exist",
	    REASON_UNKNOWN_SENDER },
	{ REFUSED_MAIL, 552, "5.2.3",
	    "5.2.3 message size exceeds fixed maximum message size",
	    REASON_TOO_LARGE },
	{ REFUSED_RCPT, 450, "4.2.1", "4.2.1 ... mailbox temporarily disabled",
	    REASON_ACCESS_DENIED },
	{ REFUSED_CONNECT, 421, "4.3.2",
	    "4.3.2 connection rate limit exceeded.", REASON_RATE_LIMITED },
	{ REFUSED_MAIL, 503, "5.0.0", "5.0.0 polite people say helo first",
	    REASON_PROTOCOL },
	/* Exim, OpenSMTPD, qmail, Courier */
	{ REFUSED_RCPT, 550, "", "relay not permitted", REASON_RELAY_DENIED },
	{ REFUSED_RCPT, 550, "",
	    "verification failed for  unrouteable address sender verify "
	    "failed",
	    REASON_UNKNOWN_SENDER },
	{ REFUSED_MAIL, 503, "", "helo or ehlo required", REASON_PROTOCOL },
	{ REFUSED_OTHER, 554, "", "too many nonmail commands",
	    REASON_RATE_LIMITED },
	{ REFUSED_HELO, 501, "", "invalid helo argument(s)", REASON_BAD_HELO },
	{ REFUSED_RCPT, 550, "",
	    "invalid recipient: ", REASON_UNKNOWN_RECIPIENT },
	{ REFUSED_RCPT, 553, "5.7.1",
	    "sorry, that domain isn't in my list of allowed rcpthosts "
	    "(#5.7.1)",
	    REASON_RELAY_DENIED },
	{ REFUSED_DATA, 552, "5.3.4",
	    "sorry, that message size exceeds my databytes limit (#5.3.4)",
	    REASON_TOO_LARGE },
	{ REFUSED_RCPT, 513, "", "relaying denied.", REASON_RELAY_DENIED },
	{ REFUSED_MAIL, 517, "", "domain does not exist: x.",
	    REASON_UNKNOWN_SENDER },
	/* No words that are known */
	{ REFUSED_RCPT, 550, "", "no", REASON_UNKNOWN_RECIPIENT },
	{ REFUSED_RCPT, 550, "5.7.1", "5.7.1 no", REASON_ACCESS_DENIED },
	{ REFUSED_RCPT, 451, "", "later", REASON_UNAVAILABLE },
	{ REFUSED_MAIL, 530, "", "no", REASON_AUTH_REQUIRED },
	{ REFUSED_CONNECT, 554, "", "no", REASON_ACCESS_DENIED },
	{ REFUSED_OTHER, 502, "", "no", REASON_PROTOCOL },
	{ REFUSED_OTHER, 599, "", "no", REASON_OTHER },
	{ REFUSED_DATA, 554, "5.6.0", "5.6.0 no", REASON_CONTENT },
	{ REFUSED_RCPT, 452, "4.3.1", "4.3.1 no", REASON_UNAVAILABLE },
};

static void
each_reply_has_its_reason(void **state)
{
	enum reason reason;

	(void)state;
	for (size_t i = 0; i < NELEMS(replies); i++) {
		reason = reason_of_reply(replies[i].stage, replies[i].code,
		    slice_of(replies[i].dsn), slice_of(replies[i].text));
		if (reason != replies[i].reason)
			fail_msg("%u %s: %s", replies[i].code, replies[i].text,
			    reason_name(reason));
	}
}

static void
words_of_a_reason_are_known_wherever_they_stand(void **state)
{
	(void)state;
	assert_true(reason_words_in(SLICE("x@relaying denied.example")));
	assert_false(reason_words_in(SLICE("kim@example.org")));
	assert_false(reason_words_in(SLICE("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reply_has_its_reason),
		cmocka_unit_test(
		    words_of_a_reason_are_known_wherever_they_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
