/*
 * hostile.h - what strangers write into a log for others to read
 *
 * Refused, logged in, delivered and deferred: in each text that they may choose
 * stands a mark, and what a browser would run.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <stdio.h>
#include <time.h>

#include "base/array.h"

#define MARK "hostile7" /* in all that a stranger may choose */

/* None of this may be seen. */
static const char *const hostile_names[] = { MARK, "203.0.113.23",
	"198.51.100.23", "2001:db8:bad", "onerror" };

/* Lines as they stand in a log, behind time and host. */
static const char *const hostile_lines[] = {
	"postfix/smtpd[71]: connect from unknown[203.0.113.231]",
	"postfix/smtpd[71]: NOQUEUE: reject: RCPT from unknown[203.0.113.231]: "
	"554 5.7.1 <kim@" MARK ".example>: Relay access denied; "
	"from=<\"<img src=x onerror=alert(7)>" MARK "\"@a.example> "
	"to=<kim@" MARK ".example> proto=ESMTP helo=<<b>" MARK ">",
	"postfix/smtpd[72]: NOQUEUE: reject: RCPT from "
	"unknown[2001:db8:bad::7]: 550 5.1.1 <" MARK "@example.org>: Recipient "
	"address rejected: User unknown in local recipient table; "
	"from=<a@" MARK ".example> to=<" MARK "@example.org> proto=ESMTP "
	"helo=<" MARK ">",
	"postfix/smtpd[73]: warning: unknown[203.0.113.232]: SASL LOGIN "
	"authentication failed: UGFzc3dvcmQ6, sasl_username=<b>" MARK "</b>",
	"postfix/smtpd[74]: 4FAAA1: client=unknown[203.0.113.233], "
	"sasl_method=PLAIN, sasl_username=" MARK "@example.org",
	"postfix/cleanup[75]: 4FAAA1: warning: header Subject: "
	"<script>alert(7)</script>" MARK " from unknown[203.0.113.233]; "
	"from=<" MARK "@example.org> to=<lee@" MARK ".example> proto=ESMTP "
	"helo=<" MARK ">",
	"postfix/cleanup[75]: 4FAAA1: message-id=<" MARK "@a.example>",
	"postfix/qmgr[76]: 4FAAA1: from=<" MARK "@example.org>, size=1234, "
	"nrcpt=1 (queue active)",
	"postfix/smtp[77]: 4FAAA1: to=<lee@" MARK ".example>, "
	"relay=mx." MARK ".example[198.51.100.231]:25, delay=1, "
	"delays=0.1/0/0.4/0.5, dsn=4.2.0, status=deferred (host "
	"mx." MARK ".example[198.51.100.231] said: 450 4.2.0 <img src=x "
	"onerror=alert(7)> " MARK " (in reply to RCPT TO command))",
	"dovecot: imap-login: Disconnected: Connection closed (auth failed, 3 "
	"attempts in 9 secs): user=<" MARK "<b>>, method=PLAIN, "
	"rip=203.0.113.234, lip=192.0.2.25, session=<" MARK ">",
};

static inline void
hostile_write(FILE *out, const char *host)
{
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32];

	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", gmtime_r(&now, &tm));
	for (size_t i = 0; i < NELEMS(hostile_lines); i++)
		fprintf(out, "%s %s %s\n", stamp, host, hostile_lines[i]);
	fflush(out);
}

#endif
