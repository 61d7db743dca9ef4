/*
 * domains.c - which domains are delivered on the host itself
 *
 * mailstats counts a message, a refusal or a discard for the mailer by which
 * its sender would be reached (sendmail/envelope.c, setsender): the local one
 * for an address of this host.  The log shows that only by deliveries to such
 * addresses, so they are learnt.  A host of which nothing was learnt yet has
 * its columns wait.
 */
#include "collectors/sendmail/domains.h"

#include "base/array.h"
#include "collectors/sendmail/envelope_impl.h"

/* Mailers that deliver on the host (cf/mailer). */
static const struct slice local_mailers[] = { { "local", 5 }, { "cyrusv2", 7 },
	{ "cyrus", 5 }, { "cyrusbb", 7 }, { "lmtp", 4 }, { "dovecot", 7 },
	{ "maildrop", 8 } };

static uint64_t
hash_domain(uint32_t host_index, struct slice domain)
{
	char lower[256];
	size_t n = slice_copy(domain, lower, sizeof(lower));

	for (size_t i = 0; i < n; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] = (char)(lower[i] + ('a' - 'A'));
	return slice_hash((struct slice){ lower, n }) ^ domain_salt(host_index);
}

static bool
same_domain(const void *row, const void *key)
{
	return ((const struct local_domain *)row)->hash ==
	       *(const uint64_t *)key;
}

static struct local_domain *
find_domain(const struct tracker *tracker, uint64_t hash)
{
	if (tracker->envelopes == NULL)
		return NULL;
	return table_find(
	    &tracker->envelopes->domains, hash, same_domain, &hash);
}

bool
envelopes_is_local(
    const struct tracker *tracker, uint32_t host_index, struct slice domain)
{
	return find_domain(tracker, hash_domain(host_index, domain)) != NULL;
}

/* The host has a local mailer now: what waited to know that can go. */
static void
settle_host(struct tracker *tracker, uint32_t host_index)
{
	struct envelope *envelope, *next;

	TABLE_EACH (&tracker->envelopes->rows, envelope, next)
		if (envelope->host_index == host_index &&
		    envelope->waiting != NULL &&
		    (envelope->from_seen || envelope->generated))
			envelope_settle(tracker, envelope);
}

void
domain_add(struct tracker *tracker, uint32_t host_index, uint64_t hash,
    struct slice mailer)
{
	struct envelopes *envelopes = envelopes_of(tracker);
	struct local_domain *row = find_domain(tracker, hash);

	slice_copy(mailer, envelopes->local[host_index], MAILER_TEXT);
	if (row == NULL)
		row = table_add(&envelopes->domains, hash);
	if (row == NULL) {
		tracker->counts.dropped++;
		return;
	}
	row->host_index = host_index;
	row->hash = hash;
	row->saved = false;
	slice_copy(mailer, row->mailer, sizeof(row->mailer));
}

void
envelopes_learn(struct tracker *tracker, const struct log_line *line,
    struct slice domain, struct slice mailer)
{
	struct envelopes *envelopes = envelopes_of(tracker);
	uint64_t hash = hash_domain(line->host_index, domain);
	bool first = envelopes->local[line->host_index][0] == '\0';
	size_t i = 0;

	while (i < NELEMS(local_mailers) && !slice_eq(mailer, local_mailers[i]))
		i++;
	if (i == NELEMS(local_mailers) || domain.n == 0 ||
	    find_domain(tracker, hash) != NULL)
		return;
	domain_add(tracker, line->host_index, hash, mailer);
	if (first)
		settle_host(tracker, line->host_index);
}

/* Where nothing is known in the end, a stranger's: the usual case. */
struct slice
sender_mailer(const struct tracker *tracker, const struct envelope *envelope,
    bool at_last)
{
	const struct local_domain *row;
	const char *local;
	struct slice sender;
	ptrdiff_t at;

	if (envelope == NULL || (envelope->sender == NULL && at_last))
		return SLICE("esmtp");
	if (envelope->sender == NULL)
		return SLICE("");
	local = tracker->envelopes->local[envelope->host_index];
	sender = slice_of(envelope->sender);
	at = slice_find_last(sender, SLICE("@"));
	if (at == -1 && slice_begins(sender, "<"))
		return SLICE("esmtp"); /* cut, a long one */
	if (at == -1)
		return local[0] == '\0' ? SLICE("local") : slice_of(local);
	row = find_domain(tracker, hash_domain(envelope->host_index,
				       slice_from(sender, (size_t)at + 1)));
	if (row != NULL)
		return slice_of(row->mailer);
	if (tracker_is_local_domain(tracker, sender))
		return SLICE("local");
	if (tracker_domains_known(tracker) && !tracker->home.incomplete)
		return SLICE("esmtp");
	return at_last || local[0] != '\0' ? SLICE("esmtp") : SLICE("");
}
