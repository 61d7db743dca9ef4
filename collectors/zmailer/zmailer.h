/*
 * zmailer.h - what the parsers of ZMailer's logs share; for zmailer/ alone
 *
 * Messages are told by syslog (zmailer.c).  What smtpserver and its clients say
 * to each other is a log of its own, $LOGDIR/smtpserver, or with "-l SYSLOG"
 * lines of priority debug (smtpserver/smtpserver.c, openlogfp() and type()):
 *
 *	VKAAAgH0000#	connection from mail.example.net [192.0.2.7]:1234 on ...
 *	VKAAAgH0002r	RCPT TO:<kim@example.org>
 *	VKAAAgH0002w	553 5.7.1 We don't accept this recipient.
 *
 * The first four letters are when the session began, in GMT: day of the month,
 * hour, minute and second, each one digit of an alphabet of 64; three more are
 * the low bits of its process id; then the seconds since.  syslog has blanks
 * around the letter of the line.
 */
#ifndef ZMAILER_ZMAILER_H
#define ZMAILER_ZMAILER_H

#include "collectors/format.h"

/* The front of a line of smtpserver's dialogue. */
struct zmailer_tag {
	int day, hour, minute, second; /* of the session's begin */
	uint64_t pid;                  /* its low 18 bits */
	uint64_t offset;               /* seconds since */
	bool counts;                   /* that is in the line */
	char side; /* 'r': the client's, 'w': ours, '#': a remark */
};

/* Step over a tag; false: text begins with none. */
bool zmailer_cut_tag(struct slice *text, struct zmailer_tag *);

/* As struct log_format has them. */
bool zmailer_front(struct stamp_clock *, struct slice line, struct header *);
bool zmailer_claims(const struct header *);

/* What follows the tag. */
enum meaning zmailer_dialog(struct tracker *, const struct log_line *,
    const struct zmailer_tag *, struct slice text);

#endif
