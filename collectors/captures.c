/*
 * captures.c - the interfaces that are captured
 */
#include "collectors/captures.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "collectors/compared.h"
#include "collectors/senders.h"
#include "collectors/tap.h"
#include "collectors/wire/capture.h"

#define OWN_MSECS 60000 /* between looks at our own addresses */

struct live {
	const struct source_config *config;
	struct capture *capture; /* NULL: it cannot be captured */
	struct tap *tap;
	struct senders *senders;
	struct err trouble;
};

struct captures {
	struct collectors *owner;
	size_t count;
	int64_t looked_ms; /* at our addresses */
	struct live lives[];
};

static void
open_live(struct collectors *c, struct live *live, uid_t agent)
{
	const struct source_config *source = live->config;
	struct capture_config config = { source->interface, source->ports,
		source->port_count, source->promiscuous };

	live->capture = capture_open(&config, &live->trouble);
	if (live->capture == NULL) {
		log_warn(
		    "source \"%s\": %s", source->title, live->trouble.text);
		return;
	}
	live->tap = tap_new(
	    c, source->ports, source->port_count, capture_link(live->capture));
	live->senders =
	    senders_new(source->senders, source->sender_count, agent);
	tap_watch(live->tap, live->senders, source->promiscuous);
	compared_open(c, tap_host(live->tap), false, source->tolerance);
}

static bool
own_address(const struct sockaddr *sa, struct addr *addr)
{
	char text[16];

	*addr = (struct addr){ 0 };
	if (sa != NULL && sa->sa_family == AF_INET) {
		addr->family = 4;
		memcpy(addr->b,
		    &((const struct sockaddr_in *)(const void *)sa)->sin_addr,
		    4);
	} else if (sa != NULL && sa->sa_family == AF_INET6) {
		addr->family = 6;
		memcpy(text,
		    &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr,
		    16);
		memcpy(addr->b, text, 16);
	}
	return addr->family != 0;
}

/* They change: a laptop's, an address that fails over. */
static void
learn_own(struct captures *captures)
{
	struct ifaddrs *all;
	struct addr *own = NULL;
	size_t n = 0, room = 0;

	if (getifaddrs(&all) == -1)
		return;
	for (const struct ifaddrs *one = all; one != NULL;
	     one = one->ifa_next) {
		if (n == room) {
			room = room ? room * 2 : 16;
			own = mem_grow(own, room, sizeof(*own));
		}
		n += own_address(one->ifa_addr, &own[n]);
	}
	freeifaddrs(all);
	for (size_t i = 0; i < captures->count && n > 0; i++)
		if (captures->lives[i].tap != NULL)
			wire_set_own(tap_wire(captures->lives[i].tap), own, n);
	if (n > 0 && captures->owner->compare != NULL)
		compare_set_own(captures->owner->compare, own, n);
	free(own);
}

struct captures *
captures_new(struct collectors *c, uid_t agent)
{
	struct captures *captures;
	size_t n = 0;

	for (size_t i = 0; i < c->config->source_count; i++)
		n += c->config->sources[i].type == SOURCE_TYPE_CAPTURE;
	if (n == 0)
		return NULL;
	captures = mem_zero(1, sizeof(*captures) + n * sizeof(struct live));
	captures->owner = c;
	for (size_t i = 0; i < c->config->source_count; i++) {
		if (c->config->sources[i].type != SOURCE_TYPE_CAPTURE)
			continue;
		captures->lives[captures->count].config =
		    &c->config->sources[i];
		open_live(c, &captures->lives[captures->count++], agent);
	}
	learn_own(captures);
	return captures;
}

void
captures_free(struct captures *captures)
{
	if (captures == NULL)
		return;
	for (size_t i = 0; i < captures->count; i++) {
		tap_free(captures->lives[i].tap);
		senders_free(captures->lives[i].senders);
		capture_close(captures->lives[i].capture);
	}
	free(captures);
}

size_t
captures_count(const struct captures *captures)
{
	return captures != NULL ? captures->count : 0;
}

int
captures_fd(const struct captures *captures, size_t i)
{
	const struct live *live = &captures->lives[i];

	return live->capture != NULL ? capture_fd(live->capture) : -1;
}

void
captures_read(struct captures *captures, size_t i)
{
	struct live *live = &captures->lives[i];

	if (live->capture == NULL || capture_read(live->capture, tap_take,
					 live->tap, &live->trouble) != -1)
		return;
	log_warn("source \"%s\": %s", live->config->title, live->trouble.text);
	capture_close(live->capture);
	live->capture = NULL;
}

void
captures_tick(struct captures *captures, int64_t now_ms)
{
	bool whole = true;

	if (captures == NULL)
		return;
	if (now_ms - captures->looked_ms >= OWN_MSECS ||
	    now_ms < captures->looked_ms) {
		learn_own(captures);
		captures->looked_ms = now_ms;
	}
	for (size_t i = 0; i < captures->count; i++) {
		struct live *live = &captures->lives[i];

		whole &= live->capture != NULL;
		if (live->capture == NULL)
			continue;
		tap_tell(live->tap, now_ms * 1000);
		tap_dropped(
		    live->tap, now_ms * 1000, capture_dropped(live->capture));
		wire_clock(tap_wire(live->tap), now_ms * 1000);
	}
	compared_tick(captures->owner, now_ms, whole);
}

struct source_status
captures_source(const struct captures *captures, size_t i)
{
	const struct live *live = &captures->lives[i];
	struct source_status status = { .title = live->config->title,
		.path = live->config->interface,
		.state = "reading",
		.polled = true };
	struct wire_counts counts;

	if (live->tap != NULL) {
		counts = wire_counts(tap_wire(live->tap));
		status.lines = counts.packets;
		status.last = counts.last / 1000000;
	}
	if (live->capture == NULL) {
		status.state = "missing";
		status.trouble = live->trouble.text;
	}
	return status;
}

int
collectors_check_capture(const struct source_config *source, struct err *err)
{
	struct capture_config config = { source->interface, source->ports,
		source->port_count, source->promiscuous };
	struct capture *capture = capture_open(&config, err);

	capture_close(capture);
	return capture != NULL ? 0 : -1;
}

bool
collectors_is_sender(const char *text)
{
	return senders_is_name(text);
}

int
collectors_interfaces(char *text, size_t size, struct err *err)
{
	return capture_list(text, size, err);
}

const char *
collectors_capture_library(void)
{
	return capture_library();
}
