/* pseudonym_event.c - an event whose people have names that tell nobody */
#include "base/pseudonym_impl.h"

#include "base/array.h"
#include "base/mem.h"

#define OWN_LEAST 3 /* bytes of a name that is looked for without a domain */

/* Names that are words of the lines themselves hide nothing. */
static const char *const words[] = { "account", "address", "client", "daemon",
	"domain", "error", "from", "host", "local", "mail", "mailbox", "mailer",
	"message", "recipient", "rejected", "relay", "sender", "sent", "server",
	"smtp", "status", "test", "unknown", "user" };

static void
add(struct own_names *own, struct slice name)
{
	for (size_t i = 0; i < own->count; i++)
		if (slice_eq(own->names[i], name))
			return;
	own->names[own->count++] = name;
}

static bool
is_somebody(struct slice name)
{
	if (name.n < OWN_LEAST || pseudonym_stays(name))
		return false;
	for (size_t i = 0; i < NELEMS(words); i++)
		if (slice_same_word(name, slice_of(words[i])))
			return false;
	return true;
}

/* One of the event's people: as told, and without the domain. */
static void
own(struct own_names *all, struct slice address)
{
	ptrdiff_t at = slice_find_last(address, SLICE("@"));
	struct slice name = { address.p, at == -1 ? address.n : (size_t)at };

	if (name.n != 0 && at != -1)
		add(all, address);
	if (is_somebody(name))
		add(all, name);
}

/* Which of its slices name somebody, and which may: the texts. */
struct told {
	struct slice *people[5];
	size_t person_count;
	struct slice *texts[3];
	size_t text_count;
};

static void
told_person(struct told *told, struct slice *person)
{
	if (person->n != 0)
		told->people[told->person_count++] = person;
}

static void
told_text(struct told *told, struct slice *text)
{
	if (text->n != 0)
		told->texts[told->text_count++] = text;
}

static void
told_by(struct mail_event *event, struct told *told)
{
	/* Which user or host sends past the mail system has to be known. */
	if (event->kind != EVENT_ROGUE)
		told_person(told, &event->account);
	told_person(told, &event->message_id);
	told_text(told, &event->line);
	switch (event->kind) {
	case EVENT_RECEIVED:
	case EVENT_SIZED:
		told_person(told, &event->message.sender);
		told_text(told, &event->message.subject);
		break;
	case EVENT_VERDICT:
		told_person(told, &event->author);
		break;
	case EVENT_SENT:
	case EVENT_DEFERRED:
	case EVENT_BOUNCED:
	case EVENT_EXPIRED:
	case EVENT_DISCARDED:
	case EVENT_QUARANTINED:
	case EVENT_HANDED:
		told_person(told, &event->delivery.sender);
		told_person(told, &event->delivery.recipient);
		told_person(told, &event->delivery.addressed);
		told_text(told, &event->delivery.reply);
		break;
	case EVENT_REJECTED:
		told_person(told, &event->reject.sender);
		told_person(told, &event->reject.recipient);
		told_text(told, &event->reject.helo);
		told_text(told, &event->reject.text);
		break;
	/* No other text of theirs; without a default, a new kind is asked. */
	case EVENT_RELAYED:
	case EVENT_CONNECTED:
	case EVENT_DISCONNECTED:
	case EVENT_AUTH_OK:
	case EVENT_AUTH_FAILED:
	case EVENT_LOGIN_OK:
	case EVENT_LOGIN_FAILED:
	case EVENT_PROBE:
	case EVENT_TLS:
	case EVENT_CLEARTEXT:
	case EVENT_COUNTED:
	case EVENT_MISSING:
	case EVENT_ROGUE:
	case EVENT_RETURNED:
	case EVENT_LIFECYCLE:
	case EVENT_KINDS:
		break;
	}
}

/* Room for all its texts, whatever they become. */
static char *
room(struct pseudonyms *names, const struct told *told)
{
	size_t n = 0;

	for (size_t i = 0; i < told->person_count; i++)
		n += PSEUDONYM_ROOM(told->people[i]->n);
	for (size_t i = 0; i < told->text_count; i++)
		n += PSEUDONYM_ROOM(told->texts[i]->n);
	if (n > names->texts_size) {
		names->texts_size = n;
		names->texts = mem_grow(names->texts, n, 1);
	}
	return names->texts;
}

static const struct mail_event *
renamed(struct pseudonyms *names, const struct mail_event *event)
{
	struct own_names all = { .count = 0 };
	struct told told = { .person_count = 0 };
	struct slice was;
	char *at;

	names->event = *event;
	told_by(&names->event, &told);
	at = room(names, &told);
	for (size_t i = 0; i < told.person_count; i++) {
		was = *told.people[i];
		/* A Message-ID has an '@' wherever it stands. */
		if (told.people[i] != &names->event.message_id)
			own(&all, was);
		*told.people[i] =
		    (struct slice){ at, pseudonym_put(names, was, at) };
		at += told.people[i]->n;
	}
	for (size_t i = 0; i < told.text_count; i++) {
		was = *told.texts[i];
		*told.texts[i] =
		    (struct slice){ at, pseudonym_scrub(names, was, &all, at) };
		at += told.texts[i]->n;
	}
	return &names->event;
}

const struct mail_event *
pseudonyms_event(struct pseudonyms *names, const struct mail_event *event)
{
	return names == NULL ? event : renamed(names, event);
}
