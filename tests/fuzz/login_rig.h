/*
 * login_rig.h - both sides of a login may say anything
 *
 * A byte says who speaks next (or that bytes are missing) and how much of what
 * follows it says.
 */
#ifndef FUZZ_LOGIN_RIG_H
#define FUZZ_LOGIN_RIG_H

#include <stdlib.h>

#include "collectors/wire/login.h"

static void
rig_take(void *arg, const struct mail_event *event)
{
	unsigned *seen = arg;

	*seen += event->kind;
	for (size_t i = 0; i < event->account.n; i++)
		*seen += (unsigned char)event->account.p[i];
	if (event->account.n > 127 ||
	    (event->kind == EVENT_CLEARTEXT &&
		event->cleartext.outcome > CLEARTEXT_FORBIDDEN))
		abort();
}

static int
rig_login(enum mail_protocol protocol, const uint8_t *data, size_t size)
{
	unsigned seen = 0;
	struct login_context context = { { rig_take, &seen }, { "mx", 2 } };
	struct flow_start start = { .begun = true };
	struct flow_end end = { .complete = true };
	bool reading = true;
	void *login;

	if (size == 0)
		return 0;
	login = login_start(&context, &start, protocol, (data[0] & 1) != 0);
	for (size_t at = 1; at < size && reading;) {
		struct stream_data said = {
			.from = data[at] & 1 ? CLIENT : SERVER, .current = true
		};
		size_t n = data[at] >> 1;
		char *exact;

		at++;
		if (n == 0) {
			reading = login_gap(login, said.from, 1, 0);
			continue;
		}
		n = n < size - at ? n : size - at;
		exact = malloc(n ? n : 1);
		memcpy(exact, data + at, n);
		said.bytes = (struct slice){ exact, n };
		reading = login_data(login, &said);
		free(exact);
		at += n;
	}
	login_end(login, &end);
	return 0;
}

#endif
