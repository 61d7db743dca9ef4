/* nft_compare.c - what the kernel's sets hold, beside what they should */
#include "blocks/nft_compare.h"

#include <sys/mman.h>

#include <nftables/libnftables.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/helper.h"
#include "base/mem.h"
#include "blocks/nft_text.h"

#define ALARM_SECS 100 /* then the child is ended */
#define SOON_SECS  3   /* an end so near may have come in the kernel */

struct comparison {
	struct block_element *wanted; /* sorted */
	bool *seen;                   /* one each */
	size_t n;
	const struct nft_set *set; /* that is being listed */
	bool counts;               /* its elements are counted */
	FILE *report;
};

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

static void
take_element(
    void *arg, const struct addr *addr, uint32_t seconds, int64_t packets)
{
	struct comparison *comparison = arg;
	struct block_element element = { .family = addr->family,
		.bits = comparison->set->bits,
		.remove = true,
		.seconds = seconds == 0 ? BLOCK_MOST : seconds };
	const struct block_element *wanted;

	/* ::ffff:0:0/96 is in no set of ours. */
	if (addr->family != comparison->set->family)
		return;
	memcpy(element.b, addr->b, sizeof(element.b));
	wanted = bsearch(&element, comparison->wanted, comparison->n,
	    sizeof(element), wire_order);
	comparison->counts |= packets >= 0;
	if (wanted != NULL)
		comparison->seen[wanted - comparison->wanted] = true;
	if (wanted != NULL && packets > 0) {
		element.remove = false;
		element.counted = true;
		element.packets = (uint64_t)packets;
	}
	if (wanted == NULL || element.counted)
		fwrite(&element, sizeof(element), 1, comparison->report);
}

/* False: there is no such set. */
static bool
list_sets(struct comparison *comparison)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	bool good = nft != NULL;
	char command[64];

	for (size_t i = 0; i < NFT_SETS && good; i++) {
		comparison->set = &nft_sets[i];
		snprintf(command, sizeof(command),
		    "list set inet " NFT_TABLE " %s", nft_sets[i].name);
		nft_ctx_buffer_output(nft);
		nft_ctx_buffer_error(nft);
		good = nft_run_cmd_from_buffer(nft, command) == 0;
		if (good)
			nft_parse_set(slice_of(nft_ctx_get_output_buffer(nft)),
			    take_element, comparison);
		nft_ctx_unbuffer_output(nft);
		nft_ctx_unbuffer_error(nft);
	}
	if (nft != NULL)
		nft_ctx_free(nft);
	return good;
}

static void
report_missing(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->n; i++)
		if (!comparison->seen[i] && comparison->wanted[i].family != 0 &&
		    comparison->wanted[i].seconds > SOON_SECS)
			fwrite(&comparison->wanted[i],
			    sizeof(comparison->wanted[i]), 1,
			    comparison->report);
}

static void __attribute__((noreturn)) compare(int list)
{
	struct block_answer *answer = mem_zero(1, sizeof(*answer));
	struct comparison comparison = { 0 };
	int out = memfd_create("difference", MFD_CLOEXEC);

	alarm(ALARM_SECS);
	comparison.wanted = wire_read(list, &comparison.n);
	comparison.report = out == -1 ? NULL : fdopen(dup(out), "w");
	if (comparison.wanted == NULL || comparison.report == NULL)
		_exit(1);
	qsort(comparison.wanted, comparison.n, sizeof(*comparison.wanted),
	    wire_order);
	comparison.seen = mem_zero(comparison.n, sizeof(*comparison.seen));
	answer->report = true;
	answer->wiped = !list_sets(&comparison);
	answer->counts = comparison.counts;
	report_missing(&comparison);
	if (fclose(comparison.report) == 0 && lseek(out, 0, SEEK_SET) == 0)
		helper_tell(answer, sizeof(*answer), out);
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
