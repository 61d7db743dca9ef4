/*
 * pflogsumm.h - pflogsumm's figures, and why each line of a log counts in them
 *
 * What it prints is read; beside it the log is walked once more, slowly, to
 * sort each line that it counts and the account does not, or the other way
 * round, by the reason.
 */
#ifndef TESTS_PFLOGSUMM_H
#define TESTS_PFLOGSUMM_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

/* Why the two differ: a counter each, with the words of the explanation. */
#define WHY_TABLE(X)                                                           \
	X(NOQUEUE, "a proxied session's client= line is no message; its "      \
		   "message has another line")                                 \
	X(REQUEUED, "put back by postsuper -r: the same message again")        \
	X(RETURNED, "come back from a content filter: received before")        \
	X(NOT_QUEUED, "the client left, or was refused at the end of data: "   \
		      "never in the queue")                                    \
	X(HANDED, "handed to a content filter, not delivered")                 \
	X(FILTER_DISCARDED, "the filter threw it away: discarded, not sent")   \
	X(FILTER_BOUNCED, "the filter bounced it: not sent")                   \
	X(SUNK, "discard(8): thrown away, not sent")                           \
	X(DEFERRED_AGAIN, "deferred under its old queue id as well")           \
	X(PROXY_BOUNCED, "a filter in front of the queue bounced it")          \
	X(PROXY_DISCARDED, "a filter in front of the queue threw it away")     \
	X(PROXY_REJECTED, "refused by a filter in front of the queue")         \
	X(MILTER_REJECTED, "refused by a milter before the data")              \
	X(LIMITED, "refused for a rate or number: logged as a warning")        \
	X(TOO_MANY_ERRORS, "sent away after too many errors")                  \
	X(BAD_SYNTAX, "refused for an address's syntax: logged as a warning")  \
	X(TOO_LARGE, "refused while it was sent: logged as a warning")         \
	X(MARKED_AGAIN, "a second recipient, or rule, of the same message")    \
	X(MARKED_NOTHING, "a rule's mark on a message that never came")        \
	X(UNREAD, "a sender with > in it is not read by pflogsumm, nor its "   \
		  "message's size")                                            \
	X(OTHER_WARNINGS, "warnings of programs that are not Postfix'")

enum why {
#define WHY_ENUM(name, words) WHY_##name,
	WHY_TABLE(WHY_ENUM)
#undef WHY_ENUM
	    WHYS
};

/* A queue id, from its client=, uid= or cleanup line on. */
struct mail {
	UT_hash_handle hh;
	char id[32];
	char client[256], sender[512], message_id[512];
	bool entered; /* it counts it as received */
	bool local;   /* by pickup */
	bool active, deferred, held, dropped;
	int why; /* why it is not received; -1: it is */
	char old_id[32];
	unsigned long long size;
};

struct text_set {
	UT_hash_handle hh;
	char text[512];
};

/* smtpd's marks that no message has taken up yet, by process. */
struct marks {
	UT_hash_handle hh;
	long pid;
	unsigned hold, discard;
};

struct walk {
	struct mail *mails;
	struct marks *marks;
	long long counts[WHYS];
	/* Sizes of what the account does not count as received, sent; of what
	   it counts as sent and pflogsumm calls forwarded. */
	unsigned long long bytes_in, bytes_out, bytes_forwarded;
	unsigned long long unread_in, unread_out;
	struct text_set *senders_theirs, *senders_ours;
	struct text_set *recipients_theirs, *recipients_ours;
	struct text_set *domains_theirs, *domains_ours;
};

static void
set_add(struct text_set **set, const char *text)
{
	struct text_set *row;

	HASH_FIND_STR(*set, text, row);
	if (row != NULL)
		return;
	row = calloc(1, sizeof(*row));
	snprintf(row->text, sizeof(row->text), "%s", text);
	HASH_ADD_STR(*set, text, row);
}

static void
set_free(struct text_set **set)
{
	struct text_set *row, *next;

	HASH_ITER (hh, *set, row, next) {
		HASH_DEL(*set, row);
		free(row);
	}
}

/* What stands between the two, or "". */
static void
between(
    const char *text, const char *from, const char *to, char *out, size_t size)
{
	const char *begin = strstr(text, from), *end;

	out[0] = '\0';
	if (begin == NULL)
		return;
	begin += strlen(from);
	end = strstr(begin, to);
	if (end != NULL)
		snprintf(out, size, "%.*s", (int)(end - begin), begin);
}

/* Only what follows the '@' is the same in any case. */
static void
fold(char *address)
{
	char *at = strchr(address, '@');

	for (; at != NULL && *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
}

/* A line as it is cut: "postfix/submission/smtpd[12]: ID: text". */
struct cut {
	char daemon[64]; /* the last part of its name */
	bool theirs;     /* a name that pflogsumm knows as that daemon */
	long pid;
	char id[32]; /* "" or "NOQUEUE" */
	const char *text;
};

static bool
cut_line(const char *line, struct cut *cut)
{
	const char *tag, *end, *slash, *colon;
	size_t n;

	memset(cut, 0, sizeof(*cut));
	/* "Nov 22 01:34:09 mx1 " */
	if (strlen(line) < 17 || (tag = strchr(line + 16, ' ')) == NULL)
		return false;
	tag++;
	if (strncmp(tag, "postfix/", 8) != 0 ||
	    (end = strchr(tag, '[')) == NULL ||
	    (cut->text = strstr(end, "]: ")) == NULL)
		return false;
	cut->pid = atol(end + 1);
	cut->text += 3;
	for (slash = end; *slash != '/'; slash--)
		;
	snprintf(cut->daemon, sizeof(cut->daemon), "%.*s",
	    (int)(end - slash - 1), slash + 1);
	n = (size_t)(slash - tag);
	cut->theirs = (n == 7 && memcmp(tag, "postfix", 7) == 0) ||
		      (n == 13 && memcmp(tag, "postfix/smtps", 13) == 0) ||
		      (n == 18 && memcmp(tag, "postfix/submission", 18) == 0);
	n = strspn(cut->text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz");
	colon = cut->text + n;
	if (n >= 6 && n < sizeof(cut->id) && strncmp(colon, ": ", 2) == 0 &&
	    (strncmp(cut->text, "NOQUEUE", n) == 0 ||
		strpbrk(cut->text, "0123456789") < colon) &&
	    strncmp(cut->text, "warning", n) != 0) {
		snprintf(cut->id, sizeof(cut->id), "%.*s", (int)n, cut->text);
		cut->text = colon + 2;
	}
	return true;
}

static struct mail *
mail_of(struct walk *walk, const char *id, bool make)
{
	struct mail *mail;

	HASH_FIND_STR(walk->mails, id, mail);
	if (mail != NULL || !make)
		return mail;
	mail = calloc(1, sizeof(*mail));
	snprintf(mail->id, sizeof(mail->id), "%s", id);
	mail->why = -1;
	HASH_ADD_STR(walk->mails, id, mail);
	return mail;
}

static struct marks *
marks_of(struct walk *walk, long pid)
{
	struct marks *marks;

	HASH_FIND(hh, walk->marks, &pid, sizeof(pid), marks);
	if (marks == NULL) {
		marks = calloc(1, sizeof(*marks));
		marks->pid = pid;
		HASH_ADD(hh, walk->marks, pid, sizeof(pid), marks);
	}
	return marks;
}

#endif
