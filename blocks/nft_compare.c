/* nft_compare.c - what the kernel's sets hold, beside what they should */
#include "blocks/nft_compare.h"

#include <nftables/libnftables.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "blocks/difference.h"
#include "blocks/nft_text.h"

#define ALARM_SECS 100 /* then the child is ended */

/* "6d23h59m59s996ms": whole seconds, of what does not fit the most. */
static uint32_t
parse_time(struct slice text)
{
	static const struct {
		char letter;
		uint32_t seconds;
	} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
	uint64_t sum = 0, number = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] >= '0' && text.p[i] <= '9') {
			number = number * 10 + (uint64_t)(text.p[i] - '0');
			if (number > UINT32_MAX)
				return UINT32_MAX;
			continue;
		}
		if (text.p[i] == 'm' && i + 1 < text.n && text.p[i + 1] == 's')
			break;
		for (size_t k = 0; k < NELEMS(units); k++)
			if (units[k].letter == text.p[i])
				sum += number * units[k].seconds;
		number = 0;
	}
	return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

static bool
next_word(struct slice *rest, struct slice *word)
{
	static const char between[] = " \t\n,{}=";
	size_t n = 0;

	while (rest->n != 0 && strchr(between, rest->p[0]) != NULL)
		*rest = slice_from(*rest, 1);
	while (n < rest->n && strchr(between, rest->p[n]) == NULL)
		n++;
	*word = (struct slice){ rest->p, n };
	*rest = slice_from(*rest, n);
	return n != 0;
}

/* elements = { 192.0.2.1 counter packets 7 bytes 420 timeout 1h expires
   59m59s996ms, 192.0.2.2 ... } */
void
nft_parse_set(struct slice text, nft_element_fn *take, void *arg)
{
	struct addr addr = { 0 }, next;
	struct slice word, before = { NULL, 0 };
	uint32_t seconds = 0;
	int64_t packets = -1;
	uint64_t n;

	for (; next_word(&text, &word); before = word) {
		if (slice_is(before, "expires")) {
			seconds = parse_time(word);
			seconds += seconds == 0;
		} else if (slice_is(before, "packets") &&
			   slice_number(word, &n) && n <= INT64_MAX) {
			packets = (int64_t)n;
		}
		if (!addr_parse(word, &next))
			continue;
		if (!addr_is_none(&addr))
			take(arg, &addr, seconds, packets);
		addr = next;
		seconds = 0;
		packets = -1;
	}
	if (!addr_is_none(&addr))
		take(arg, &addr, seconds, packets);
}

struct listing {
	struct difference *difference;
	const struct nft_set *set; /* that is being listed */
};

static void
take_element(
    void *arg, const struct addr *addr, uint32_t seconds, int64_t packets)
{
	struct listing *listing = arg;
	struct block_element element = { .family = addr->family,
		.bits = listing->set->bits,
		.seconds = seconds == 0 ? BLOCK_MOST : seconds };

	/* ::ffff:0:0/96 is in no set of ours. */
	if (addr->family != listing->set->family)
		return;
	memcpy(element.b, addr->b, sizeof(element.b));
	difference_take(listing->difference, &element, packets);
}

/* False: there is no such set. */
static bool
list_sets(struct difference *difference)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	struct listing listing = { .difference = difference };
	bool good = nft != NULL;
	char command[64];

	for (size_t i = 0; i < NFT_SETS && good; i++) {
		listing.set = &nft_sets[i];
		snprintf(command, sizeof(command),
		    "list set inet " NFT_TABLE " %s", nft_sets[i].name);
		nft_ctx_buffer_output(nft);
		nft_ctx_buffer_error(nft);
		good = nft_run_cmd_from_buffer(nft, command) == 0;
		if (good)
			nft_parse_set(slice_of(nft_ctx_get_output_buffer(nft)),
			    take_element, &listing);
		nft_ctx_unbuffer_output(nft);
		nft_ctx_unbuffer_error(nft);
	}
	if (nft != NULL)
		nft_ctx_free(nft);
	return good;
}

static void __attribute__((noreturn)) compare(int list)
{
	struct difference *difference;

	alarm(ALARM_SECS);
	difference = difference_new(list);
	if (difference == NULL)
		_exit(1);
	difference_tell(difference, !list_sets(difference));
	_exit(0);
}

int
nft_compare_start(int list, struct err *err)
{
	pid_t pid;

	signal(SIGCHLD, SIG_IGN); /* nobody waits for it */
	pid = fork();
	if (pid == 0)
		compare(list);
	return pid == -1 ? err_sys(err, "nftables: list: fork") : 0;
}
