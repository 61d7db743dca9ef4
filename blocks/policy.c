/* policy.c - what may be blocked, how long, and how many at once */
#include "blocks/blocks_impl.h"

/*
 * As a person writes it into an access map: an address or a domain.  Nothing
 * that could end a line or a field of any map.
 */
static bool
is_sender(struct slice text)
{
	if (text.n == 0 || text.n > BLOCK_SENDER || text.p[0] == '#')
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] >= 0x7f ||
		    strchr("\"\\:,;<>()[]|", text.p[i]) != NULL)
			return false;
	return slice_find_char(text, '.') != -1 ||
	       slice_find_char(text, '@') != -1;
}

bool
policy_is_never(
    const struct blocks *blocks, const struct prefix *what, int64_t seconds)
{
	return exempt_overlaps(&blocks->exempt, what) ||
	       known_admin_in(&blocks->known, what, seconds);
}

enum block_outcome
policy_judge(const struct blocks *blocks, const struct block_wish *wish,
    int64_t at, struct block_key *key)
{
	const struct known *known = &blocks->known;
	int64_t seconds = at / SECOND;
	bool person = wish->rule.n == 0;
	struct prefix *what = &key->what, around;

	*key = (struct block_key){ wish->what, wish->sender };
	if (key->sender.n != 0) {
		memset(what, 0, sizeof(*what));
		return person && is_sender(key->sender) ? BLOCK_DONE
							: BLOCK_UNFIT;
	}
	if (!prefix_tidy(what) ||
	    (!person && (what->bits == 24 || what->bits == 64)))
		return BLOCK_UNFIT;
	if (policy_is_never(blocks, what, seconds))
		return BLOCK_NEVER;
	if (known_authenticated(known, what, seconds))
		return BLOCK_AUTHENTICATED;
	if (!person && known_good(known, what, seconds))
		return BLOCK_SPARED;
	if (what->bits != 128)
		return BLOCK_DONE;
	/* With the whole of its network, unless somebody good is there too. */
	around = prefix_around(&what->addr);
	if (!policy_is_never(blocks, &around, seconds) &&
	    !known_authenticated(known, &around, seconds) &&
	    !known_good(known, &around, seconds))
		*what = around;
	return BLOCK_DONE;
}

uint32_t
policy_seconds(uint32_t first, uint32_t times)
{
	uint64_t seconds = first;

	while (--times > 0 && seconds < BLOCK_MOST)
		seconds *= 2;
	/* A rule may say more, but not come to more by doubling. */
	return seconds > BLOCK_MOST && first < BLOCK_MOST ? BLOCK_MOST
	       : seconds > BLOCK_MOST                     ? first
							  : (uint32_t)seconds;
}

bool
policy_pace(struct blocks *blocks, int64_t second)
{
	uint64_t sum = 0;

	if (second >= blocks->made_second + PACE_SECS)
		memset(blocks->made, 0, sizeof(blocks->made));
	else
		for (int64_t s = blocks->made_second + 1; s <= second; s++)
			blocks->made[s % PACE_SECS] = 0;
	if (second > blocks->made_second)
		blocks->made_second = second;
	for (size_t i = 0; i < PACE_SECS; i++)
		sum += blocks->made[i];
	if (sum >= blocks->config->max_new)
		return false;
	blocks->made[blocks->made_second % PACE_SECS]++;
	return true;
}
