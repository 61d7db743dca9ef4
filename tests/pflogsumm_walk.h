/* pflogsumm_walk.h - the walk through the log, for the comparison's test */
#ifndef TESTS_PFLOGSUMM_WALK_H
#define TESTS_PFLOGSUMM_WALK_H

#include "tests/pflogsumm.h"

/* Marks of rules whose transaction ended without a message. */
static void
void_marks(struct walk *walk, long pid)
{
	struct marks *marks = marks_of(walk, pid);

	walk->counts[WHY_MARKED_NOTHING] += marks->hold + marks->discard;
	marks->hold = marks->discard = 0;
}

/* The first mark is the message's, the others add nothing. */
static void
take_marks(struct walk *walk, struct mail *mail, unsigned *marks, bool *mark)
{
	if (*marks == 0)
		return;
	walk->counts[WHY_MARKED_AGAIN] += *marks - 1 + *mark;
	*mark = true;
	(void)mail;
	*marks = 0;
}

static void
walk_entry(struct walk *walk, const struct cut *cut)
{
	struct mail *mail;

	if (strcmp(cut->id, "NOQUEUE") == 0) {
		walk->counts[WHY_NOQUEUE] += cut->theirs;
		return;
	}
	mail = mail_of(walk, cut->id, false);
	if (mail != NULL) { /* the id of one that is gone */
		HASH_DEL(walk->mails, mail);
		snprintf(mail->id, sizeof(mail->id), "%p", (void *)mail);
		HASH_ADD_STR(walk->mails, id, mail);
	}
	mail = mail_of(walk, cut->id, true);
	mail->entered = cut->theirs;
	mail->local = strcmp(cut->daemon, "pickup") == 0;
	if (mail->local)
		between(cut->text, " orig_id=", "\n", mail->old_id,
		    sizeof(mail->old_id));
	else
		snprintf(mail->client, sizeof(mail->client), "%s",
		    cut->text + strlen("client="));
	if (mail->old_id[0] != '\0')
		mail->why = WHY_REQUEUED;
	else if (strstr(mail->client, "orig_queue_id=") != NULL)
		mail->why = WHY_RETURNED;
	if (!mail->local) {
		take_marks(
		    walk, mail, &marks_of(walk, cut->pid)->hold, &mail->held);
		take_marks(walk, mail, &marks_of(walk, cut->pid)->discard,
		    &mail->dropped);
	}
}

/* A rule held or discarded: by its message, or before it has an id. */
static void
walk_mark(struct walk *walk, const struct cut *cut, bool hold)
{
	struct marks *marks = marks_of(walk, cut->pid);
	struct mail *mail;
	bool *mark;

	if (strcmp(cut->id, "NOQUEUE") == 0) {
		*(hold ? &marks->hold : &marks->discard) += 1;
		return;
	}
	mail = mail_of(walk, cut->id, true);
	mark = hold ? &mail->held : &mail->dropped;
	walk->counts[WHY_MARKED_AGAIN] += *mark;
	*mark = true;
}

/* Who else has that Message-ID, and is in the queue longer? */
static bool
is_known(struct walk *walk, const struct mail *mail)
{
	struct mail *other, *next;

	HASH_ITER (hh, walk->mails, other, next)
		if (other != mail && other->message_id[0] != '\0' &&
		    strcmp(other->message_id, mail->message_id) == 0)
			return true;
	return false;
}

static void
walk_queued(struct walk *walk, const struct cut *cut)
{
	struct mail *mail = mail_of(walk, cut->id, true);

	between(cut->text, "message-id=", "\n", mail->message_id,
	    sizeof(mail->message_id));
	/* A filter's way back: a submission here, or a client on loopback,
	   with the Message-ID of a message that is under way. */
	if (mail->why == -1 && mail->entered && mail->message_id[0] != '\0' &&
	    (mail->local || strstr(mail->client, "[127.0.0.1]") != NULL) &&
	    is_known(walk, mail))
		mail->why = WHY_RETURNED;
}

static void
walk_active(struct walk *walk, const struct cut *cut)
{
	struct mail *mail = mail_of(walk, cut->id, true);
	const char *size = strstr(cut->text, ">, size=");

	if (mail->active || size == NULL)
		return;
	mail->active = true;
	mail->size = strtoull(size + 8, NULL, 10);
	snprintf(mail->sender, sizeof(mail->sender), "%.*s",
	    (int)(size - cut->text - 6), cut->text + 6);
	fold(mail->sender);
	/* A filter's own notice: a null sender's message from loopback. */
	if (mail->why == -1 && mail->sender[0] == '\0' &&
	    strstr(mail->client, "[127.0.0.1]") != NULL)
		mail->why = WHY_RETURNED;
}

static enum why
fate_of(const struct cut *cut)
{
	if (strcmp(cut->daemon, "discard") == 0)
		return WHY_SUNK;
	if (strstr(cut->text, "Ok, discarded") != NULL)
		return WHY_FILTER_DISCARDED;
	if (strstr(cut->text, ", BOUNCE)") != NULL)
		return WHY_FILTER_BOUNCED;
	if ((strstr(cut->text, "relay=127.0.0.1[127.0.0.1]") != NULL &&
		strstr(cut->text, "queued as ") != NULL) ||
	    (strcmp(cut->daemon, "pipe") == 0 &&
		strstr(cut->text, "filter, delay=") != NULL))
		return WHY_HANDED;
	return WHYS;
}

static void
walk_sent(struct walk *walk, const struct cut *cut)
{
	struct mail *mail = mail_of(walk, cut->id, true);
	char recipient[512];
	const char *domain;
	enum why why = fate_of(cut);
	bool forwarded = strstr(cut->text, "(forwarded as ") != NULL;

	between(cut->text, "to=<", ">, ", recipient, sizeof(recipient));
	fold(recipient);
	domain = strrchr(recipient, '@');
	domain = domain != NULL ? domain + 1 : recipient;
	if (forwarded)
		walk->bytes_forwarded += mail->size;
	if (why != WHYS) {
		walk->counts[why]++;
		walk->bytes_out += mail->size;
	} else {
		set_add(&walk->recipients_ours, recipient);
		set_add(&walk->domains_ours, domain);
	}
	if (!forwarded) {
		if (strchr(mail->sender, '>') != NULL)
			walk->unread_out += mail->size;
		set_add(&walk->recipients_theirs, recipient);
		set_add(&walk->domains_theirs, domain);
	}
}

static void
walk_deferred(struct walk *walk, const struct cut *cut)
{
	struct mail *mail = mail_of(walk, cut->id, true), *old;

	if (mail->deferred)
		return;
	mail->deferred = true;
	for (old = mail; old->old_id[0] != '\0';) {
		old = mail_of(walk, old->old_id, true);
		if (old->deferred) {
			walk->counts[WHY_DEFERRED_AGAIN]++;
			return;
		}
	}
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void
walk_warning(struct walk *walk, const char *text)
{
	if (strstr(text, " limit exceeded: ") != NULL &&
	    strstr(text, " for service ") != NULL)
		walk->counts[WHY_LIMITED]++;
	else if (begins(text, "Illegal address syntax from "))
		walk->counts[WHY_BAD_SYNTAX]++;
	else if (strstr(text, ": queue file size limit exceeded") != NULL)
		walk->counts[WHY_TOO_LARGE]++;
}

static void
walk_smtpd(struct walk *walk, const struct cut *cut)
{
	if (begins(cut->text, "client="))
		walk_entry(walk, cut);
	else if (begins(cut->text, "hold: "))
		walk_mark(walk, cut, true);
	else if (begins(cut->text, "discard: "))
		walk_mark(walk, cut, false);
	else if (begins(cut->text, "milter-reject: "))
		walk->counts[WHY_MILTER_REJECTED]++;
	else if (begins(cut->text, "proxy-reject: "))
		walk->counts[WHY_PROXY_REJECTED]++;
	else if (begins(cut->text, "too many errors "))
		walk->counts[WHY_TOO_MANY_ERRORS]++;
	else if (begins(cut->text, "disconnect from "))
		void_marks(walk, cut->pid);
	else if (begins(cut->text, "proxy-accept: ") &&
		 strstr(cut->text, "Ok, discarded") != NULL)
		walk->counts[WHY_PROXY_DISCARDED]++;
	else if (begins(cut->text, "proxy-accept: ") &&
		 strstr(cut->text, ", BOUNCE") != NULL)
		walk->counts[WHY_PROXY_BOUNCED]++;
}

static void
walk_line(struct walk *walk, const char *line)
{
	struct cut cut;

	if (!cut_line(line, &cut)) {
		walk->counts[WHY_OTHER_WARNINGS] +=
		    strstr(line, ": Warning: ") != NULL;
		return;
	}
	if (cut.id[0] == '\0' && begins(cut.text, "warning: "))
		walk_warning(walk, cut.text + 9);
	else if (strcmp(cut.daemon, "smtpd") == 0)
		walk_smtpd(walk, &cut);
	else if (cut.id[0] == '\0' || strcmp(cut.id, "NOQUEUE") == 0)
		return;
	else if (strcmp(cut.daemon, "pickup") == 0)
		walk_entry(walk, &cut);
	else if (begins(cut.text, "message-id="))
		walk_queued(walk, &cut);
	else if (begins(cut.text, "hold: ") ||
		 begins(cut.text, "milter-hold: "))
		walk_mark(walk, &cut, true);
	else if (begins(cut.text, "discard: ") ||
		 begins(cut.text, "milter-discard: "))
		walk_mark(walk, &cut, false);
	else if (begins(cut.text, "from=<"))
		walk_active(walk, &cut);
	else if (begins(cut.text, "to=<") &&
		 strstr(cut.text, " status=sent (") != NULL)
		walk_sent(walk, &cut);
	else if (begins(cut.text, "to=<") &&
		 strstr(cut.text, " status=deferred (") != NULL)
		walk_deferred(walk, &cut);
}

/* What is known only at the end: who was received, by whose count. */
static void
walk_end(struct walk *walk)
{
	struct mail *mail, *next;
	struct marks *marks, *next_marks;

	HASH_ITER (hh, walk->mails, mail, next) {
		if (mail->why == -1 && !mail->active && !mail->held)
			mail->why = WHY_NOT_QUEUED;
		if (!mail->entered)
			continue;
		if (mail->why != -1) {
			walk->counts[mail->why]++;
			walk->bytes_in += mail->size;
		}
		if (!mail->active)
			continue;
		if (strchr(mail->sender, '>') == NULL) {
			set_add(&walk->senders_theirs, mail->sender);
		} else {
			walk->counts[WHY_UNREAD]++;
			walk->unread_in += mail->size;
		}
		if (mail->why == -1)
			set_add(&walk->senders_ours, mail->sender);
	}
	HASH_ITER (hh, walk->marks, marks, next_marks)
		void_marks(walk, marks->pid);
}

static void
walk_free(struct walk *walk)
{
	struct mail *mail, *next;
	struct marks *marks, *next_marks;

	HASH_ITER (hh, walk->mails, mail, next) {
		HASH_DEL(walk->mails, mail);
		free(mail);
	}
	HASH_ITER (hh, walk->marks, marks, next_marks) {
		HASH_DEL(walk->marks, marks);
		free(marks);
	}
	set_free(&walk->senders_theirs);
	set_free(&walk->senders_ours);
	set_free(&walk->recipients_theirs);
	set_free(&walk->recipients_ours);
	set_free(&walk->domains_theirs);
	set_free(&walk->domains_ours);
}

#endif
