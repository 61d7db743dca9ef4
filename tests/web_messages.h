/* web_messages.h - a few messages in the history of a page's fixture */
#ifndef TESTS_WEB_MESSAGES_H
#define TESTS_WEB_MESSAGES_H

#include "tests/event_text.h"
#include "tests/web_fixture.h"

static inline void
fixture_messages(struct fixture *fixture)
{
	static const char *const lines[] = {
		"1795337000.000000 host=mx1 received mailer=smtp id=AF0001 "
		"account=kim client=203.0.113.7 from=a@example.com bytes=812",
		"1795337001.250000 host=mx1 returned id=AF0002 "
		"original=AF0001",
		"1795337001.250000 host=mx1 handed mailer=smtp id=AF0001 "
		"to=b@example.org relay=filter peer=127.0.0.1 "
		"reply=\"250 queued as AF0002\"",
		"1795337003.000000 host=mx1 deferred mailer=smtp id=AF0002 "
		"to=b@example.org relay=mx.example.org peer=192.0.2.25 "
		"dsn=4.2.0 reply=\"450 4.2.0 later, \xc3\xbc\"",
		"1795337005.000000 host=mx1 sent mailer=smtp id=AF0002 "
		"to=b@example.org relay=<img/src=x/onerror=alert(1)> "
		"peer=192.0.2.25 dsn=2.0.0 reply=\"250 \xff Ok\"",
		"1795337900.000000 host=mx2 rejected mailer=smtp "
		"client=203.0.113.7 reason=relay_denied permanent code=554 "
		"from=c@example.com to=d@example.net "
		"text=\"<d@example.net>: Relay access denied\"",
	};
	struct mail_event event;

	for (size_t i = 0; i < NELEMS(lines); i++) {
		if (!event_read(slice_of(lines[i]), &event))
			abort();
		messages_add(fixture->messages, &event);
	}
}

#endif
