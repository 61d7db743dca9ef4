/*
 * test_hops.c - each rule of content filters as a little log
 *
 * A hand-over to a filter is not sent and the return from it not received,
 * however it is proven and in whatever order the lines come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/stats.h"
#include "tests/feed.h"

#define P(minute, second, rest)                                                \
	"Mar 14 09:" minute ":" second " mx1 postfix/" rest "\n"
#define FROM_OUTSIDE(id, second)                                               \
	P("00", second, "smtpd[8]: " id ": client=a.example.net[192.0.2.7]")   \
	P("00", second, "cleanup[9]: " id ": message-id=<" id "@example.net>") \
	P("00", second,                                                        \
	    "qmgr[1]: " id ": from=<a@example.net>, size=1000, "               \
	    "nrcpt=1 (queue active)")
#define LOOPBACK(id, second, message_id)                                       \
	P("00", second, "smtpd[7]: " id ": client=localhost[127.0.0.1]")       \
	P("00", second, "cleanup[9]: " id ": message-id=<" message_id ">")
#define ACTIVE(id, second, from)                                               \
	P("00", second,                                                        \
	    "qmgr[1]: " id ": from=<" from ">, size=1100, "                    \
	    "nrcpt=1 (queue active)")
#define TO_FILTER(id, second, reply)                                           \
	P("00", second,                                                        \
	    "smtp[6]: " id ": to=<kim@example.com>, "                          \
	    "relay=127.0.0.1[127.0.0.1]:10024, delay=1, "                      \
	    "dsn=2.0.0, status=sent (" reply ")")
#define TO_PIPE(id, second, service)                                           \
	P("00", second,                                                        \
	    "pipe[6]: " id ": to=<kim@example.com>, relay=" service            \
	    ", delay=1, dsn=2.0.0, status=sent "                               \
	    "(delivered via " service " service)")
#define PICKED_UP(id, second, message_id)                                      \
	P("00", second, "pickup[2]: " id ": uid=65 from=<a@example.net>")      \
	P("00", second, "cleanup[9]: " id ": message-id=<" message_id ">")
#define HOME(id, second)                                                       \
	P("00", second,                                                        \
	    "local[5]: " id ": to=<kim@example.com>, relay=local, "            \
	    "delay=0, dsn=2.0.0, status=sent (delivered)")                     \
	P("00", second, "qmgr[1]: " id ": removed")
#define GONE(id, second) P("00", second, "qmgr[1]: " id ": removed")

static const struct {
	const char *what, *log;
	/* received, generated, sent, bounced, discarded, local's msgs_from */
	unsigned counts[6];
} cases[] = {
	{ "no filter at all", FROM_OUTSIDE("AF0001", "01") HOME("AF0001", "02"),
	    { 1, 0, 1, 0, 0, 0 } },
	{ "XFORWARD names the original",
	    FROM_OUTSIDE("AF0001", "01") P("00", "02",
		"smtpd[7]: AF0002: client=localhost[127.0.0.1], "
		"orig_queue_id=AF0001, orig_client=a.example.net[192.0.2.7]")
		P("00", "02", "cleanup[9]: AF0002: message-id=<other@x>")
		    ACTIVE("AF0002", "02", "a@example.net")
			TO_FILTER("AF0001", "03", "250 ok") GONE("AF0001", "03")
			    HOME("AF0002", "04"),
	    { 1, 0, 1, 0, 0, 0 } },
	{ "XFORWARD names one that is older than the log",
	    P("00", "02",
		"smtpd[7]: AF0002: client=localhost[127.0.0.1], "
		"orig_queue_id=AF0001, "
		"orig_client=a.example.net[192.0.2.7]")
		ACTIVE("AF0002", "02", "a@example.net") HOME("AF0002", "04"),
	    { 0, 0, 1, 0, 0, 0 } },
	{ "a loopback client brings the Message-ID back",
	    FROM_OUTSIDE("AF0001", "01") LOOPBACK("AF0002", "02",
		"AF0001@example.net") ACTIVE("AF0002", "02", "a@example.net")
		TO_FILTER("AF0001", "03", "250 ok") GONE("AF0001", "03")
		    HOME("AF0002", "04"),
	    { 1, 0, 1, 0, 0, 0 } },
	{ "a stranger brings a Message-ID in flight: a message of its own",
	    FROM_OUTSIDE("AF0001", "01") P(
		"00", "02", "smtpd[8]: AF0002: client=b.example.net[192.0.2.8]")
		P("00", "02",
		    "cleanup[9]: AF0002: "
		    "message-id=<AF0001@example.net>") ACTIVE("AF0002", "02",
		    "a@example.net") HOME("AF0001", "03") HOME("AF0002", "04"),
	    { 2, 0, 2, 0, 0, 0 } },
	{ "two parts of a post to a list, where the filter names its returns",
	    FROM_OUTSIDE("AF0000", "00") P("00", "00",
		"smtpd[7]: AF0009: client=localhost[127.0.0.1], "
		"orig_queue_id=AF0000, orig_client=a.example.net[192.0.2.7]")
		ACTIVE("AF0009", "00", "a@example.net") TO_FILTER(
		    "AF0000", "00", "250 ok") GONE("AF0000",
		    "00") HOME("AF0009", "00") LOOPBACK("AF0001", "01",
		    "post@x") ACTIVE("AF0001", "01", "l@x") LOOPBACK("AF0002",
		    "01", "post@x") ACTIVE("AF0002", "01", "l@x") P("00", "02",
		    "smtpd[8]: AF0003: client=localhost[127.0.0.1], "
		    "orig_queue_id=AF0001, "
		    "orig_client=localhost[127.0.0.1]") P("00", "02",
		    "cleanup[9]: AF0003: message-id=<post@x>")
		    ACTIVE("AF0003", "02", "l@x") TO_FILTER("AF0001", "03",
			"250 2.0.0 Ok: queued as AF0003") GONE("AF0001", "03")
			HOME("AF0003", "04") LOOPBACK("AF0004", "05", "post@x")
			    ACTIVE("AF0004", "05", "l@x") TO_FILTER("AF0002",
				"06", "250 2.0.0 Ok: queued as AF0004")
				GONE("AF0002", "06") HOME("AF0004", "07"),
	    { 3, 0, 3, 0, 0, 0 } },
	{ "the reply names the new id, whose Message-ID is another",
	    FROM_OUTSIDE("AF0000", "00") LOOPBACK("AF0009", "00",
		"AF0000@example.net") ACTIVE("AF0009", "00", "a@example.net")
		TO_FILTER("AF0000", "00", "250 ok") GONE("AF0000", "00")
		    HOME("AF0009", "00") FROM_OUTSIDE("AF0001", "01") LOOPBACK(
			"AF0002", "02", "new@x")
			ACTIVE("AF0002", "02", "a@example.net") TO_FILTER(
			    "AF0001", "03", "250 2.0.0 Ok: queued as AF0002")
			    GONE("AF0001", "03") HOME("AF0002", "04"),
	    { 2, 0, 2, 0, 0, 0 } },
	{ "loopback is a client like others where no filter was seen",
	    LOOPBACK("AF0001", "01", "web@x") ACTIVE("AF0001", "01", "w@x")
		HOME("AF0001", "02"),
	    { 1, 0, 1, 0, 0, 0 } },
	{ "the filter answers discarded: once for the message",
	    FROM_OUTSIDE("AF0001", "01") TO_FILTER("AF0001", "02",
		"250 2.7.0 Ok, discarded, id=1 - spam") TO_FILTER("AF0001",
		"02", "250 2.7.0 Ok, discarded, id=1 - spam")
		GONE("AF0001", "03"),
	    { 1, 0, 0, 0, 1, 0 } },
	{ "the filter has begun to bring it back, and answers discarded",
	    FROM_OUTSIDE("AF0001", "01") P("00", "02",
		"smtpd[7]: AF0002: client=localhost[127.0.0.1], "
		"orig_queue_id=AF0001, orig_client=a.example.net[192.0.2.7]")
		TO_FILTER("AF0001", "02", "250 Virus Detected; Discarded Email")
		    GONE("AF0001", "03"),
	    { 1, 0, 0, 0, 1, 0 } },
	{ "the filter answers BOUNCE, its notice before it",
	    FROM_OUTSIDE("AF0001", "01") LOOPBACK("AF0002", "02", "notice@x")
		ACTIVE("AF0002", "02", "") TO_FILTER("AF0001", "03",
		    "250 2.5.0 Ok, id=1, BOUNCE") HOME("AF0002", "04"),
	    { 1, 1, 1, 1, 0, 0 } },
	{ "a reply from elsewhere that says so is an ordinary sent",
	    FROM_OUTSIDE("AF0001", "01") P("00", "02",
		"smtp[6]: AF0001: to=<x@example.org>, "
		"relay=127.0.0.1.example.org[198.51.100.1]:25, delay=1, "
		"dsn=2.0.0, status=sent (250 2.7.0 Ok, discarded, BOUNCE)"),
	    { 1, 0, 1, 0, 0, 0 } },
	{ "a pipe service whose return comes after it",
	    FROM_OUTSIDE("AF0001", "01") TO_PIPE("AF0001", "02", "filter")
		PICKED_UP("AF0002", "03", "AF0001@example.net")
		    ACTIVE("AF0002", "03", "a@example.net") GONE("AF0001", "03")
			HOME("AF0002", "04"),
	    { 1, 0, 1, 0, 0, 0 } },
	{ "a pipe service whose return comes before it",
	    FROM_OUTSIDE("AF0001", "01") PICKED_UP("AF0002", "02",
		"AF0001@example.net") ACTIVE("AF0002", "02", "a@example.net")
		TO_PIPE("AF0001", "03", "filter") GONE("AF0001", "03")
		    HOME("AF0002", "04"),
	    { 1, 0, 1, 0, 0, 0 } },
	{ "a pipe service that nothing comes back from delivers",
	    FROM_OUTSIDE("AF0001", "01") TO_PIPE("AF0001", "02", "mailman")
		GONE("AF0001", "03") P("02", "00", "qmgr[1]: AF0001: removed"),
	    { 1, 0, 1, 0, 0, 0 } },
	{ "a return later than a minute is a message of its own",
	    FROM_OUTSIDE("AF0001", "01") TO_PIPE("AF0001", "02", "mailman")
		GONE("AF0001", "03") P("02", "00",
		    "pickup[2]: AF0002: uid=65 from=<a@x>") P("02", "00",
		    "cleanup[9]: AF0002: "
		    "message-id=<AF0001@example.net>") P("02", "00",
		    "qmgr[1]: AF0002: from=<a@x>, "
		    "size=9, nrcpt=1 (queue active)"),
	    { 2, 0, 1, 0, 0, 1 } },
	{ "postsuper -r puts the same message back",
	    FROM_OUTSIDE("AF0001", "01") P("00", "02",
		"pickup[2]: AF0002: uid=101 from=<a@example.net> "
		"orig_id=AF0001") P("00", "02",
		"cleanup[9]: AF0002: "
		"message-id=<AF0001@x>") ACTIVE("AF0002", "02", "a@example.net")
		HOME("AF0002", "03"),
	    { 1, 0, 1, 0, 0, 0 } },
	{ "a proxy filter: one queue id, from the original client",
	    P("00", "01", "smtpd[8]: NOQUEUE: client=a.example.net[192.0.2.7]")
		P("00", "01",
		    "smtpd[7]: AF0001: client=localhost[127.0.0.1], "
		    "orig_client=a.example.net[192.0.2.7]")
		    P("00", "01", "cleanup[9]: AF0001: message-id=<1@x>")
			ACTIVE("AF0001", "02", "a@example.net")
			    HOME("AF0001", "03"),
	    { 1, 0, 1, 0, 0, 0 } },
	{ "a proxy filter that discards: discarded, not received",
	    P("00", "01", "smtpd[8]: connect from a.example.net[192.0.2.7]")
		P("00", "01",
		    "smtpd[8]: proxy-accept: END-OF-MESSAGE: 250 2.7.0 Ok, "
		    "discarded, id=1 - spam; from=<a@example.net> "
		    "to=<kim@example.com> proto=ESMTP helo=<a.example.net>"),
	    { 0, 0, 0, 0, 1, 0 } },
};

static void
add(void *arg, const struct mail_event *event)
{
	stats_add(arg, event);
}

static const struct stats_mailer *
local_of(const struct stats_host *host)
{
	for (size_t i = 0; i < host->mailer_count; i++)
		if (strcmp(host->mailers[i].name, "local") == 0)
			return &host->mailers[i];
	return NULL;
}

static void
each_message_counts_once_through_its_filters(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < NELEMS(cases); i++) {
		struct stats *stats = stats_new();
		struct stats_host *host = malloc(sizeof(*host));
		struct feed *feed = feed_new(true);
		const struct stats_mailer *local;
		unsigned got[6];

		feed->sink = (struct event_sink){ add, stats };
		feed_text(feed, cases[i].log);
		tracker_finish(feed->tracker);
		stats_sum(stats, host);
		local = local_of(host);
		got[0] = (unsigned)host->totals[METRIC_MESSAGES_RECEIVED];
		got[1] = (unsigned)host->totals[METRIC_MESSAGES_GENERATED];
		got[2] = (unsigned)host->totals[METRIC_MESSAGES_SENT];
		got[3] = (unsigned)host->totals[METRIC_MESSAGES_BOUNCED];
		got[4] = (unsigned)host->totals[METRIC_MESSAGES_DISCARDED];
		got[5] = local == NULL
			     ? 0
			     : (unsigned)local->totals[MAILER_MSGS_FROM];
		if (memcmp(got, cases[i].counts, sizeof(got)) != 0) {
			fprintf(stderr,
			    "%s: received %u, generated %u, sent %u, bounced "
			    "%u, discarded %u, from local %u\n%s",
			    cases[i].what, got[0], got[1], got[2], got[3],
			    got[4], got[5], feed_events(feed));
			bad++;
		}
		feed_free(feed);
		free(host);
		stats_free(stats);
	}
	assert_int_equal(bad, 0);
}

static void
the_final_delivery_keeps_the_first_client_and_account(void **state)
{
	struct feed *feed = feed_new(true);

	(void)state;
	feed_text(feed,
	    P("00", "01",
		"smtpd[8]: AF0001: client=a.example.net[192.0.2.7], "
		"sasl_method=PLAIN, sasl_username=kim")
		P("00", "01", "cleanup[9]: AF0001: message-id=<1@x>") ACTIVE(
		    "AF0001", "01", "a@example.net") LOOPBACK("AF0002", "02",
		    "1@x") ACTIVE("AF0002", "02", "a@example.net")
		    TO_FILTER("AF0001", "03", "250 ok") HOME("AF0002", "04"));
	assert_non_null(strstr(feed_events(feed),
	    " sent mailer=local id=AF0002 account=kim client=192.0.2.7 "));
	feed_free(feed);
}

static void
a_flood_of_waiting_messages_is_bounded(void **state)
{
	struct feed *feed = feed_new(false);
	char text[1024];

	(void)state;
	feed_text(feed, FROM_OUTSIDE("AF0001", "01")
			    LOOPBACK("AF0002", "01", "AF0001@example.net"));
	for (unsigned i = 0; i < TRACKER_PENDING + 500; i++) {
		snprintf(text, sizeof(text),
		    "Mar 14 09:00:02 mx1 postfix/smtpd[7]: AF%05X: "
		    "client=localhost[127.0.0.1]\n"
		    "Mar 14 09:00:02 mx1 postfix/cleanup[9]: AF%05X: "
		    "message-id=<%u@y>\n"
		    "Mar 14 09:00:02 mx1 postfix/qmgr[1]: AF%05X: from=<>, "
		    "size=1, nrcpt=1 (queue active)\n",
		    i + 16, i + 16, i, i + 16);
		feed_text(feed, text);
	}
	assert_int_equal(tracker_counts(feed->tracker)->dropped, 500);
	feed_free(feed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_message_counts_once_through_its_filters),
		cmocka_unit_test(
		    the_final_delivery_keeps_the_first_client_and_account),
		cmocka_unit_test(a_flood_of_waiting_messages_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
