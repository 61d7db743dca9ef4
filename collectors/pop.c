/* pop.c - POP and IMAP servers that tell of the client in a line of its own */
#include "collectors/pop.h"

#define POP_SESSIONS (1ull << 62) /* no mail server's process has that pid */

bool
pop_read_client(struct slice text, struct addr *client)
{
	ptrdiff_t open = slice_find_last(text, SLICE(" ("));

	if (open != -1 && slice_ends(text, SLICE(")"))) {
		text = slice_from(text, (size_t)open + 2);
		text.n--;
	}
	return addr_parse(text, client);
}

static struct log_line
own_line(const struct log_line *line)
{
	struct log_line own = *line;

	own.pid |= POP_SESSIONS;
	return own;
}

enum meaning
pop_connected(
    struct tracker *tracker, const struct log_line *line, struct slice client)
{
	struct log_line own = own_line(line);
	struct addr addr;

	if (line->pid == 0 || !pop_read_client(client, &addr))
		return MEANS_NOTHING;
	(void)session_start(tracker, &own, &addr);
	return MEANS_FACT;
}

enum meaning
pop_gone(struct tracker *tracker, const struct log_line *line)
{
	struct log_line own = own_line(line);
	struct session *session = session_find(tracker, &own);

	if (session != NULL)
		session_end(tracker, session);
	return MEANS_NOTHING;
}

struct mail_event
pop_event(
    struct tracker *tracker, const struct log_line *line, enum event_kind kind)
{
	struct mail_event event = event_from(line, kind);
	struct log_line own = own_line(line);
	const struct session *session = session_find(tracker, &own);

	if (session != NULL)
		event.client = session->client;
	return event;
}

enum meaning
pop_failed(struct tracker *tracker, const struct log_line *line,
    struct slice account, bool guessed)
{
	struct mail_event event = pop_event(tracker, line, EVENT_LOGIN_FAILED);

	event.account = account;
	event.auth.unavailable = !guessed;
	tracker_emit(tracker, &event);
	return MEANS_FACT;
}
