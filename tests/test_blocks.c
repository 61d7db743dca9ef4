/*
 * test_blocks.c - who is blocked, for how long, and who never is
 *
 * A case is a story, fixtures/blocks/NAME.story: a line a thing that happens,
 * and behind `=>' what the list says to it.  "make golden" rewrites what stands
 * there: read the diff.
 *
 *   set max_blocks|max_new N
 *   never|networks|hosts|own PREFIX...     sets, each as a whole
 *   pass SPAN                              time goes by, the list is looked at
 *   auth|login|mail|generated|spam|virus|clean|refused|wire CLIENT [xN] [in SPAN]
 *   authfail|loginfail|unavailable|toosoon CLIENT ACCOUNT
 *   admin ADDRESS
 *   block RULE CLIENT SPAN [[-]SPAN]       a rule's wish, so long ago
 *   person PREFIX|SENDER SPAN              a person's
 *   unblock PREFIX|SENDER|all
 *   find ADDRESS                           what holds it
 *   list                                   newest first
 *   save, crash                            crash: back to what was saved
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/when.h"
#include "base/array.h"
#include "base/mem.h"
#include "blocks/blocks.h"
#include "tests/feed.h"
#include "tests/scratch.h"

#define START  INT64_C(1795338000) /* 2026-11-22T09:00:00Z */
#define SECOND INT64_C(1000000)
#define WORDS  8

struct story {
	struct block_config config;
	struct blocks *blocks;
	char *directory;
	struct state *state;
	int64_t now;
	FILE *out;
};

static struct err err;

static struct prefix
prefix_of(const char *text)
{
	struct prefix prefix;

	if (!prefix_parse(slice_of(text), &prefix))
		fail_msg("%s: no prefix", text);
	return prefix;
}

static int64_t
span_of(const char *text)
{
	int64_t seconds;

	if (text == NULL || !span_parse(slice_of(text), &seconds))
		fail_msg("%s: no span of time", text);
	return seconds;
}

static void
print_block(struct story *story, const struct block *block)
{
	char text[ADDR_TEXT], span[SPAN_TEXT], left[SPAN_TEXT];

	if (block == NULL) {
		fprintf(story->out, " nothing");
		return;
	}
	addr_print(&block->what.addr, text);
	span_print(block->seconds, span);
	span_print((uint64_t)((block->until - story->now) / SECOND), left);
	if (block->sender != NULL)
		fprintf(story->out, " %s", block->sender);
	else
		fprintf(story->out, " %s/%u", text, block->what.bits);
	fprintf(story->out, " by %s, %s, %s left, %u%s time",
	    block->rule[0] == '\0' ? "a person" : block->rule, span, left,
	    block->times,
	    block->times == 1   ? "st"
	    : block->times == 2 ? "nd"
	    : block->times == 3 ? "rd"
				: "th");
}

static void
do_set(struct story *story, char **w)
{
	*(strcmp(w[1], "max_new") == 0 ? &story->config.max_new
				       : &story->config.max_blocks) =
	    (uint32_t)atoi(w[2]);
	blocks_reconfigure(story->blocks, &story->config);
}

static void
do_exempt(struct story *story, char **w)
{
	static const char *const names[BLOCK_EXEMPTS] = {
		[EXEMPT_NEVER] = "never",
		[EXEMPT_NETWORKS] = "networks",
		[EXEMPT_HOSTS] = "hosts",
		[EXEMPT_OWN] = "own",
	};
	struct prefix list[WORDS];
	size_t n = 0;

	while (w[n + 1] != NULL) {
		list[n] = prefix_of(w[n + 1]);
		n++;
	}
	for (int i = 0; i < BLOCK_EXEMPTS; i++)
		if (names[i] != NULL && strcmp(w[0], names[i]) == 0)
			blocks_exempt(
			    story->blocks, (enum block_exempt)i, list, n);
}

static void
do_pass(struct story *story, char **w)
{
	story->now += span_of(w[1]) * SECOND;
	blocks_tick(story->blocks, story->now);
}

static const struct {
	const char *name;
	enum event_kind kind;
	enum verdict_kind verdict;
} kinds[] = {
	{ "auth", EVENT_AUTH_OK, 0 },
	{ "login", EVENT_LOGIN_OK, 0 },
	{ "authfail", EVENT_AUTH_FAILED, 0 },
	{ "loginfail", EVENT_LOGIN_FAILED, 0 },
	{ "unavailable", EVENT_AUTH_FAILED, 0 },
	{ "toosoon", EVENT_LOGIN_FAILED, 0 },
	{ "mail", EVENT_RECEIVED, 0 },
	{ "generated", EVENT_RECEIVED, 0 },
	{ "refused", EVENT_REJECTED, 0 },
	{ "wire", EVENT_AUTH_OK, 0 },
	{ "spam", EVENT_VERDICT, VERDICT_SPAM },
	{ "virus", EVENT_VERDICT, VERDICT_VIRUS },
	{ "clean", EVENT_VERDICT, VERDICT_CLEAN },
};

static void
do_event(struct story *story, char **w)
{
	struct mail_event event = { .when = story->now,
		.count = 1,
		.host = SLICE("mx1"),
		.client = prefix_of(w[1]).addr };

	for (size_t i = 0; i < NELEMS(kinds); i++)
		if (strcmp(w[0], kinds[i].name) == 0) {
			event.kind = kinds[i].kind;
			if (event.kind == EVENT_VERDICT)
				event.verdict = kinds[i].verdict;
		}
	if (event.kind == EVENT_AUTH_FAILED || event.kind == EVENT_LOGIN_FAILED)
		event.auth.unavailable = strcmp(w[0], "unavailable") == 0 ||
					 strcmp(w[0], "toosoon") == 0;
	if (event.kind == EVENT_RECEIVED)
		event.message.generated = strcmp(w[0], "generated") == 0;
	if (event.kind == EVENT_REJECTED)
		event.queue_id = SLICE("4Z1B2C");
	if (strcmp(w[0], "wire") == 0)
		event.source = SOURCE_WIRE;
	for (size_t i = 2; w[i] != NULL; i++) {
		if (w[i][0] == 'x')
			event.count = (uint32_t)atoi(w[i] + 1);
		else if (strcmp(w[i], "in") == 0)
			event.when += span_of(w[++i]) * SECOND;
		else
			event.account = slice_of(w[i]);
	}
	blocks_learn(story->blocks, &event);
}

static void
do_say(struct story *story, char **w)
{
	static const char *const words[] = { [NEVER_DONE] = "done",
		[NEVER_ALREADY] = "already",
		[NEVER_FULL] = "full" };
	struct prefix what = prefix_of(w[1]);

	fprintf(story->out, " => %s",
	    words[blocks_never_add(story->blocks, &what,
		w[2] != NULL ? slice_of(w[2]) : SLICE(""), story->now)]);
}

static void
do_unsay(struct story *story, char **w)
{
	struct prefix what = prefix_of(w[1]);

	fprintf(story->out, " => %s",
	    blocks_never_remove(story->blocks, &what) ? "done" : "nothing");
}

static void
do_said(struct story *story, char **w)
{
	size_t n = blocks_never_count(story->blocks);

	(void)w;
	fprintf(story->out, " =>%s", n == 0 ? " nothing" : "");
	for (size_t i = 0; i < n; i++) {
		const struct block_never *never =
		    blocks_never(story->blocks, i);
		char text[PREFIX_TEXT];

		prefix_print(&never->what, text);
		fprintf(story->out, "%s %s%s%s", i == 0 ? "" : ",", text,
		    never->reason[0] != '\0' ? " " : "", never->reason);
	}
}

static void
do_admin(struct story *story, char **w)
{
	struct addr from = prefix_of(w[1]).addr;

	blocks_admin(story->blocks, &from, story->now);
}

static void
wish(struct story *story, const struct block_wish *what)
{
	const struct block *made;
	enum block_outcome outcome =
	    blocks_add(story->blocks, what, story->now, &made);
	static const char *const names[BLOCK_OUTCOMES] = {
		[BLOCK_DONE] = "done",
		[BLOCK_EXTENDED] = "extended",
		[BLOCK_ALREADY] = "already",
		[BLOCK_OVER] = "over",
		[BLOCK_NEVER] = "never",
		[BLOCK_AUTHENTICATED] = "authenticated",
		[BLOCK_SPARED] = "spared",
		[BLOCK_FULL] = "full",
		[BLOCK_TOO_FAST] = "too fast",
		[BLOCK_UNFIT] = "unfit",
	};

	fprintf(story->out, " => %s:", names[outcome]);
	print_block(story, made);
	assert_non_null(block_outcome_words(outcome));
}

static void
do_block(struct story *story, char **w)
{
	struct block_wish what = { .what = prefix_of(w[2]),
		.rule = slice_of(w[1]),
		.reason = SLICE("a reason"),
		.seconds = (uint32_t)span_of(w[3]),
		.when = story->now };

	if (w[4] != NULL && w[4][0] == '-')
		what.when += span_of(w[4] + 1) * SECOND;
	else if (w[4] != NULL)
		what.when -= span_of(w[4]) * SECOND;
	wish(story, &what);
}

static void
do_person(struct story *story, char **w)
{
	struct block_wish what = { .seconds = (uint32_t)span_of(w[2]),
		.when = story->now };

	if (!prefix_parse(slice_of(w[1]), &what.what))
		what.sender = slice_of(w[1]);
	wish(story, &what);
}

static void
do_unblock(struct story *story, char **w)
{
	struct prefix prefix;

	if (strcmp(w[1], "all") == 0)
		fprintf(story->out, " => %zu",
		    blocks_remove_all(story->blocks, story->now));
	else if (prefix_parse(slice_of(w[1]), &prefix))
		fprintf(story->out, " => %s",
		    blocks_remove(story->blocks, &prefix, story->now) ? "yes"
								      : "no");
	else
		fprintf(story->out, " => %s",
		    blocks_remove_sender(
			story->blocks, slice_of(w[1]), story->now)
			? "yes"
			: "no");
}

static void
do_find(struct story *story, char **w)
{
	struct addr addr = prefix_of(w[1]).addr;

	fprintf(story->out, " =>");
	print_block(story, blocks_find(story->blocks, &addr, story->now));
}

static void
do_list(struct story *story, char **w)
{
	const struct block *block = NULL;
	bool any = false;

	(void)w;
	fprintf(story->out, " =>");
	while (
	    (block = blocks_next(story->blocks, block, story->now)) != NULL) {
		fprintf(story->out, "%s", any ? ";" : "");
		print_block(story, block);
		any = true;
	}
	if (!any)
		fprintf(story->out, " nobody");
}

static void
do_save(struct story *story, char **w)
{
	(void)w;
	if (state_commit_now(story->state, &err) == -1)
		fail_msg("%s", err.text);
}

static void
open_state(struct story *story)
{
	struct state_part parts[BLOCK_PARTS];

	story->blocks = blocks_new(&story->config);
	blocks_parts(story->blocks, parts);
	story->state = state_open(story->directory, parts, BLOCK_PARTS, &err);
	if (story->state == NULL)
		fail_msg("%s", err.text);
	blocks_tick(story->blocks, story->now);
}

static void
do_crash(struct story *story, char **w)
{
	(void)w;
	state_close(story->state);
	blocks_free(story->blocks);
	open_state(story);
}

static const struct {
	const char *name;
	void (*act)(struct story *, char **words);
} acts[] = {
	{ "set", do_set },
	{ "never", do_exempt },
	{ "networks", do_exempt },
	{ "hosts", do_exempt },
	{ "own", do_exempt },
	{ "pass", do_pass },
	{ "admin", do_admin },
	{ "say", do_say },
	{ "unsay", do_unsay },
	{ "said", do_said },
	{ "block", do_block },
	{ "person", do_person },
	{ "unblock", do_unblock },
	{ "find", do_find },
	{ "list", do_list },
	{ "save", do_save },
	{ "crash", do_crash },
};

static void
tell(struct story *story, char *line)
{
	char *words[WORDS + 1] = { NULL }, *rest = line, *word;
	size_t n = 0;

	while (n < WORDS && (word = strtok_r(rest, " ", &rest)) != NULL)
		words[n++] = word;
	for (size_t i = 0; i < NELEMS(acts); i++)
		if (strcmp(acts[i].name, words[0]) == 0) {
			acts[i].act(story, words);
			return;
		}
	for (size_t i = 0; i < NELEMS(kinds); i++)
		if (strcmp(kinds[i].name, words[0]) == 0) {
			do_event(story, words);
			return;
		}
	fail_msg("%s: is no act", words[0]);
}

/* The story with what the list says to it; to be freed. */
static char *
told(const char *text)
{
	struct story story = { .config = { .mode = BLOCK_ENFORCE,
				   .max_blocks = 1000,
				   .max_new = 1000 },
		.directory = scratch_make(),
		.now = START * SECOND };
	struct slice rest = slice_of(text), line, act;
	char *result = NULL, *words;
	size_t size = 0;

	story.out = open_memstream(&result, &size);
	open_state(&story);
	while (slice_cut(&rest, SLICE("\n"), &line)) {
		act = line;
		(void)slice_cut(&line, SLICE(" =>"), &act);
		fprintf(story.out, "%.*s", (int)act.n, act.p);
		if (act.n != 0 && act.p[0] != '#') {
			words = mem_slice(act);
			tell(&story, words);
			free(words);
		}
		fputc('\n', story.out);
	}
	fclose(story.out);
	state_close(story.state);
	blocks_free(story.blocks);
	scratch_remove(story.directory);
	return result;
}

static void
every_story_ends_as_it_is_told(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(
	    glob("tests/fixtures/blocks/*.story", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *text = feed_file(found.gl_pathv[i]), *got = told(text);
		FILE *file;

		print_message("  %s\n", found.gl_pathv[i]);
		if (getenv("GOLDEN") != NULL) {
			file = fopen(found.gl_pathv[i], "w");
			assert_non_null(file);
			fputs(got, file);
			assert_int_equal(fclose(file), 0);
		} else {
			assert_string_equal(got, text);
		}
		free(got);
		free(text);
	}
	assert_true(found.gl_pathc > 5);
	globfree(&found);
}

static struct block_wish
rule_wish(uint32_t number, int64_t now)
{
	return (struct block_wish){
		.what = { { 4, { 10, (uint8_t)(number >> 16),
				   (uint8_t)(number >> 8), (uint8_t)number } },
		    32 },
		.rule = SLICE("harvest"),
		.when = now,
		.seconds = 3600,
	};
}

/* Ten thousand in ten seconds: each is blocked, or counted. */
static void
a_flood_of_offenders_is_bounded_and_counted(void **state)
{
	struct block_config config = {
		.mode = BLOCK_ENFORCE, .max_blocks = 3000, .max_new = 1000
	};
	struct blocks *blocks = blocks_new(&config);
	int64_t now = START * SECOND;
	uint64_t done = 0;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		struct block_wish what = rule_wish(i, now += 1000);

		done += blocks_add(blocks, &what, now, NULL) == BLOCK_DONE;
	}
	assert_int_equal(done, 1000);
	assert_int_equal(blocks_counts(blocks).over_cap, 9000);
	for (uint32_t i = 0; i < 10000; i++) {
		struct block_wish what = rule_wish(i, now += 60000);

		done += blocks_add(blocks, &what, now, NULL) == BLOCK_DONE;
	}
	assert_int_equal(done, 3000);
	blocks_free(blocks);
}

/* Somebody with a network of his own comes from each of its addresses once. */
static void
offenders_without_end_keep_the_list_small(void **state)
{
	struct block_config config = {
		.mode = BLOCK_ENFORCE, .max_blocks = 1000, .max_new = 1000000
	};
	struct blocks *blocks = blocks_new(&config);
	const struct block *block = NULL;
	int64_t now = START * SECOND;
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 3 * BLOCK_PAST; i++) {
		struct block_wish what = rule_wish(i, now += SECOND / 10);

		what.seconds = 60;
		assert_int_equal(
		    blocks_add(blocks, &what, now, &block), BLOCK_DONE);
		assert_int_equal(block->times, 1);
	}
	block = NULL;
	while ((block = blocks_next(blocks, block, now)) != NULL)
		n++;
	assert_int_equal(n, 600);
	assert_int_equal(blocks_counts(blocks).over_cap, 0);
	blocks_free(blocks);
}

/* What is known of good clients has a cap; the best of them stay. */
static void
strangers_do_not_wash_away_good_clients(void **state)
{
	struct block_config config = {
		.mode = BLOCK_ENFORCE, .max_blocks = 100, .max_new = 100
	};
	struct blocks *blocks = blocks_new(&config);
	struct mail_event event = { .kind = EVENT_RECEIVED,
		.count = 1,
		.host = SLICE("mx1"),
		.client = { 4, { 192, 0, 2, 1 } } };
	struct block_wish what = { .what = { { 4, { 192, 0, 2, 1 } }, 32 },
		.rule = SLICE("harvest"),
		.seconds = 60 };
	int64_t now = START * SECOND;

	(void)state;
	for (int day = 0; day < 2; day++) {
		event.when = now;
		blocks_learn(blocks, &event);
		now += 86400 * SECOND;
	}
	for (uint32_t i = 0; i < 4 * BLOCK_KNOWN; i++) {
		event.when = now += 1000;
		event.client = rule_wish(i, 0).what.addr;
		blocks_learn(blocks, &event);
	}
	assert_true(blocks_counts(blocks).forgotten >= 3 * BLOCK_KNOWN);
	what.when = now;
	assert_int_equal(blocks_add(blocks, &what, now, NULL), BLOCK_SPARED);
	blocks_free(blocks);
}

/* Bytes of a state that somebody damaged are refused, whatever they are. */
static void
damaged_rows_are_refused(void **state)
{
	static const struct {
		const char *key, *value;
		size_t key_bytes, value_bytes;
	} rows[] = {
		{ "", "", 0, 0 },
		{ "p", "", 1, 0 },
		{ "p\4\x0a\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\x20", "", 19, 0 },
		{ "s", "", 1, 0 },
		{ "x\4", "abc", 2, 3 },
		{ "skim@example.org", "\1\2\3", 16, 3 },
	};
	struct block_config config = { .max_blocks = 10, .max_new = 10 };
	struct blocks *blocks = blocks_new(&config);
	struct state_part parts[BLOCK_PARTS];

	(void)state;
	blocks_parts(blocks, parts);
	for (size_t part = 0; part < BLOCK_PARTS; part++)
		for (size_t i = 0; i < NELEMS(rows); i++)
			assert_int_equal(-1, parts[part].load(parts[part].arg,
						 (struct slice){ rows[i].key,
						     rows[i].key_bytes },
						 (struct slice){ rows[i].value,
						     rows[i].value_bytes },
						 &err));
	blocks_tick(blocks, START * SECOND);
	assert_null(blocks_next(blocks, NULL, START * SECOND));
	blocks_free(blocks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_story_ends_as_it_is_told),
		cmocka_unit_test(a_flood_of_offenders_is_bounded_and_counted),
		cmocka_unit_test(offenders_without_end_keep_the_list_small),
		cmocka_unit_test(strangers_do_not_wash_away_good_clients),
		cmocka_unit_test(damaged_rows_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
