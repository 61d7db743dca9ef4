/*
 * digest_days.c - hosts and their local days
 *
 * Time zones differ from UTC by whole quarters of an hour and change between
 * quarters, so the zone is asked once a quarter and host.
 */
#include <stdlib.h>

#include "base/digest_impl.h"
#include "base/mem.h"

#define QUARTER_USECS 900000000
#define FURTHEST      253402300799 /* seconds: the end of the year 9999 */

struct digest_host *
digest_get_host(struct digest *digest, struct slice name)
{
	struct digest_host *host = digest->last_host;

	if (name.n >= HOST_TEXT)
		name.n = HOST_TEXT - 1;
	if (host != NULL && host->length == name.n &&
	    memcmp(host->name, name.p, name.n) == 0)
		return host;
	for (size_t i = 0; i < digest->host_count; i++) {
		host = &digest->hosts[i];
		if (slice_eq((struct slice){ host->name, host->length }, name))
			return digest->last_host = host;
	}
	if (digest->host_count == DIGEST_HOSTS)
		return digest->last_host = &digest->hosts[DIGEST_HOSTS - 1];
	host = &digest->hosts[digest->host_count++];
	if (digest->host_count == DIGEST_HOSTS)
		name = SLICE("other");
	host->length = slice_copy(name, host->name, HOST_TEXT);
	host->packed_at = INT64_MIN;
	return digest->last_host = host;
}

void
digest_day_free(struct digest *digest, struct day *day)
{
	digest->packed_bytes -= day->packed_length;
	digest->day_total--;
	free(day->packed);
	free(day);
}

struct drop {
	struct digest *digest;
	const struct day *day;
	enum digest_table table;
};

static bool
is_of_another(void *row, void *arg)
{
	const struct drop *drop = arg;
	const struct digest_line *line = row;

	if (line->day != drop->day)
		return true;
	if (line->saved)
		digest_forget_line(drop->digest, drop->table, line);
	return false;
}

/* The day and all that is known of it goes, in the state as well. */
static void
drop_day(struct digest *digest, struct digest_host *host, struct day *gone)
{
	struct day **link = &host->days;

	while (*link != gone)
		link = &(*link)->older;
	*link = gone->older;
	host->day_count--;
	host->end = 0;
	for (unsigned t = 0; gone->packed == NULL && t < DIGEST_TABLES; t++)
		table_keep(&digest->lines[t].table, is_of_another,
		    &(struct drop){ digest, gone, (enum digest_table)t });
	if (gone->saved)
		digest_forget_day(digest, gone, 'c');
	if (gone->packed_saved)
		digest_forget_day(digest, gone, 'p');
	digest_day_free(digest, gone);
}

static struct day *
oldest_of(const struct digest_host *host)
{
	struct day *day = host->days;

	while (day->older != NULL)
		day = day->older;
	return day;
}

struct day *
digest_get_day(struct digest *digest, struct digest_host *host, int64_t number)
{
	struct day **link = &host->days, *day;
	struct slice name = { host->name, host->length };

	while (*link != NULL && (*link)->number > number)
		link = &(*link)->older;
	if (*link != NULL && (*link)->number == number)
		return *link;
	if (digest_at_once(digest)
		? digest->day_total == DAYS_AT_ONCE
		: host->day_count == DIGEST_DAYS && *link == NULL) {
		digest->dropped++;
		return NULL;
	}
	if (!digest_at_once(digest) && host->day_count == DIGEST_DAYS) {
		drop_day(digest, host, oldest_of(host));
		return digest_get_day(digest, host, number);
	}
	day = mem_zero(1, sizeof(*day));
	day->host = host;
	day->number = number;
	day->salt = slice_hash(name) ^ (uint64_t)number * 0x9e3779b97f4a7c15u;
	day->older = *link;
	*link = day;
	host->day_count++;
	digest->day_total++;
	return day;
}

/* Days that are over by an hour are packed, at most once a quarter. */
static void
pack_old(struct digest *digest, struct digest_host *host, int64_t number)
{
	if (digest_at_once(digest) || host->packed_at == host->begin)
		return;
	for (struct day *day = host->days; day != NULL; day = day->older) {
		if (day->packed != NULL || number <= day->number ||
		    (number == day->number + 1 && host->hour == 0))
			continue;
		digest_day_pack(digest, day);
		host->packed_at = host->begin;
	}
}

struct day *
digest_day_seek(
    struct digest *digest, struct slice name, int64_t when, unsigned *hour)
{
	struct digest_host *host = digest_get_host(digest, name);
	int64_t seconds = when / 1000000, local;

	if (when < 0 || seconds > FURTHEST ||
	    (digest->now != 0 && seconds > digest->now + DAY)) {
		digest->dropped++;
		return NULL;
	}
	if (when < host->begin || when >= host->end) {
		local = seconds +
			digest->config.offset(digest->config.arg, seconds);
		if (local < 0)
			local = 0;
		host->begin = when - when % QUARTER_USECS;
		host->hour = (unsigned)(local % DAY / HOUR);
		host->day = digest_get_day(digest, host, local / DAY);
		/* One that is not kept is asked for again. */
		host->end = host->day == NULL ? 0 : host->begin + QUARTER_USECS;
		if (host->day != NULL)
			pack_old(digest, host, local / DAY);
	}
	*hour = host->hour;
	return host->day;
}

struct day *
digest_table_day(struct digest *digest, struct day *day)
{
	if (digest->config.one_day && day->number != digest->config.day)
		return NULL;
	/* One set of tables: the host's first day has it. */
	if (digest->config.whole)
		return oldest_of(day->host);
	if (day->packed != NULL)
		digest_day_unpack(digest, day);
	return day;
}

void
digest_pack(struct digest *digest)
{
	for (size_t i = 0; i < digest->host_count; i++)
		for (struct day *day = digest->hosts[i].days; day != NULL;
		     day = day->older)
			if (day->packed == NULL && !digest_at_once(digest))
				digest_day_pack(digest, day);
}

void
digest_fini_days(struct digest *digest)
{
	struct day *day;

	for (size_t i = 0; i < digest->host_count; i++) {
		while ((day = digest->hosts[i].days) != NULL) {
			digest->hosts[i].days = day->older;
			digest_day_free(digest, day);
		}
	}
}
