/*
 * test_strangers.c - whoever lacks the token learns of nobody, changes nothing
 *
 * The real agent reads what strangers wrote into a log, while every path of
 * its own tables is asked in every way: a new panel is asked without a word
 * here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include <jansson.h>

#include "base/array.h"
#include "tests/daemon.h"
#include "tests/hostile.h"
#include "web/server.h"

#define FORWARDED "X-Forwarded-For: 192.0.2.1"

static const char *const queries[] = { "", "?range=24h", "?host=mx1",
	"?filter=example", "?limit=1000", "?name=messages.received",
	"?side=recipients", "?from=0&to=99999999999" };

static struct daemon d;
static char bearer[160];

/* Goes on until it is killed: streams shall have something to tell. */
static pid_t
start_writer(void)
{
	pid_t pid = fork();
	FILE *out;

	MUST(pid != -1);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	out = fopen(d.logs.path, "ae");
	for (;;) {
		hostile_write(out, "mx1");
		nap_ms(100);
	}
}

struct asked {
	const char *method, *path;
	const char *headers[3];
	const char *body;
};

/* Headers are part of what is answered.  An endless answer is cut. */
static struct answer
ask(const struct asked *asked)
{
	static CURL *curl;
	struct answer answer = { 0, strdup(""), 0 };
	struct curl_slist *headers = NULL;
	char url[8192];

	if (curl == NULL)
		curl = curl_easy_init();
	curl_easy_reset(curl);
	for (size_t i = 0; i < NELEMS(asked->headers); i++)
		if (asked->headers[i] != NULL)
			headers = curl_slist_append(headers, asked->headers[i]);
	snprintf(url, sizeof(url), "%s%s", d.address, asked->path);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_bytes);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 3000L);
	if (strcmp(asked->method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else if (asked->body != NULL)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, asked->body);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, asked->method);
	(void)curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.code);
	curl_slist_free_all(headers);
	return answer;
}

static long
code_of(const struct asked *asked)
{
	struct answer answer = ask(asked);

	free(answer.body);
	return answer.code;
}

/* Each path of the program's; of a beginning also what may stand behind it. */
static bool
next_path(size_t *i, char path[QUERY_PATH])
{
	static const char *const rest[] = { "", "203.0.113.231",
		"messages.received.svg", "rejects.total.png" };
	size_t n;

	if (!server_path(*i / NELEMS(rest), path))
		return false;
	n = strlen(path);
	if (n > 1 && path[n - 1] == '/')
		strcat(path, rest[(*i)++ % NELEMS(rest)]);
	else
		*i += NELEMS(rest);
	return true;
}

static void
assert_names_nobody(const struct asked *asked, const struct answer *answer)
{
	for (size_t i = 0; i < NELEMS(hostile_names); i++)
		if (memmem(answer->body, answer->n, hostile_names[i],
			strlen(hostile_names[i])) != NULL)
			fail_msg("%s %s: says %s", asked->method, asked->path,
			    hostile_names[i]);
}

static void
look(const char *method, const char *path, const char *header)
{
	struct asked asked = { method, path, { header }, NULL };
	struct answer answer = ask(&asked);

	if (answer.code == 0)
		fail_msg("%s %s: no answer", method, path);
	assert_names_nobody(&asked, &answer);
	free(answer.body);
}

static void
without_the_token_no_answer_names_anybody(void **state)
{
	char path[QUERY_PATH], whole[QUERY_PATH + 64];
	pid_t writer = start_writer();
	size_t paths = 0;
	int64_t begin;

	(void)state;
	for (size_t i = 0; next_path(&i, path); paths++) {
		begin = mono_ms();
		look("GET", path, NULL);
		look("GET", path, FORWARDED);
		look("HEAD", path, NULL);
		look("POST", path, NULL);
		look("DELETE", path, NULL);
		if (mono_ms() - begin > 2000)
			continue; /* a stream, which was read for a while */
		for (size_t q = 0; q < NELEMS(queries); q++) {
			snprintf(
			    whole, sizeof(whole), "%s%s", path, queries[q]);
			look("GET", whole, NULL);
		}
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	print_message("%zu paths\n", paths);
	assert_true(paths > 25);
}

/* Or the test before this one has looked for nothing. */
static void
with_the_token_there_are_names_to_be_seen(void **state)
{
	size_t seen[NELEMS(hostile_names)] = { 0 };
	char path[QUERY_PATH];

	(void)state;
	for (size_t i = 0; next_path(&i, path);) {
		struct answer answer;

		if (strcmp(path, "/api/v1/stream") == 0)
			continue;
		answer = ask(&(struct asked){
		    "GET", path, { bearer, FORWARDED }, NULL });
		for (size_t k = 0; k < NELEMS(hostile_names); k++)
			seen[k] +=
			    memmem(answer.body, answer.n, hostile_names[k],
				strlen(hostile_names[k])) != NULL;
		free(answer.body);
	}
	for (size_t k = 0; k < NELEMS(hostile_names); k++)
		if (seen[k] == 0)
			fail_msg("%s is nowhere", hostile_names[k]);
}

/* What changes could have changed, to be freed. */
static char *
changeable(void)
{
	json_t *blocks, *list, *row;
	struct answer answer;
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	answer = daemon_ask(&d, "/api/v1/blocks?limit=1000");
	blocks = json_loads(answer.body, 0, NULL);
	list = json_object_get(blocks, "blocks");
	assert_true(json_array_size(list) > 0);
	json_array_foreach (list, i, row)
		fprintf(out, "%s\n",
		    json_string_value(json_object_get(row, "address")));
	json_decref(blocks);
	free(answer.body);
	fclose(out);
	return text;
}

static void
expect(const struct asked *asked, const char *why, const long *codes)
{
	long code = code_of(asked);

	for (size_t i = 0; codes[i] != 0; i++)
		if (code == codes[i])
			return;
	fail_msg("%s %s, %s: %ld", asked->method, asked->path, why, code);
}

static void
ask_wrongly(const char *method, const char *path)
{
	static const char change[] = "{\"address\": \"203.0.113.99\"}";
	static const char wrong[] =
	    "Authorization: Bearer 0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef";
	static char large[REQUEST_BODY + 200];
	const char *body = strcmp(method, "HEAD") == 0 ? NULL : change;
	bool reads = strcmp(method, "GET") == 0 || body == NULL;

	memset(large, 'x', sizeof(large) - 1);
	expect(&(struct asked){ method, path, { "Host: evil.example", bearer },
		   body },
	    "another Host", (const long[]){ 421, 0 });
	/* From "elsewhere", not to be locked out. */
	expect(&(struct asked){ method, path, { wrong, FORWARDED }, body },
	    "a wrong token", (const long[]){ 401, 429, 0 });
	if (body != NULL)
		expect(&(struct asked){ method, path, { bearer, "Expect:" },
			   large },
		    "a large body", (const long[]){ 413, 0 });
	if (reads)
		return;
	expect(&(struct asked){ method, path, { bearer }, body }, "no Origin",
	    (const long[]){ 403, 404, 405, 0 });
	expect(&(struct asked){ method, path,
		   { bearer, "Origin: https://evil.example" }, body },
	    "another Origin", (const long[]){ 403, 404, 405, 0 });
	expect(&(struct asked){ method, path, { "Origin: null" }, body },
	    "no token", (const long[]){ 401, 403, 404, 405, 0 });
}

static void
what_is_asked_wrongly_changes_nothing(void **state)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "DELETE",
		"PUT", "PATCH", "OPTIONS", "TRACE", "BREW" };
	char path[QUERY_PATH], *before = changeable(), *after;

	(void)state;
	for (size_t i = 0; next_path(&i, path);)
		for (size_t m = 0; m < NELEMS(methods); m++)
			ask_wrongly(methods[m], path);
	after = changeable();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void
a_wrong_query_is_told_so(void **state)
{
	static const char *const wrong[] = { "?", "?&&=&", "?%", "?a=%zz",
		"?range=-1", "?range=999999999999999999999y", "?from=x",
		"?from=9&to=1", "?limit=-1", "?limit=0",
		"?limit=99999999999999999999", "?offset=-1", "?offset=1e9",
		"?sort=%00", "?sort=../../etc/passwd", "?host=%ff%fe%3Cb%3E",
		"?filter=%3Cscript%3E", "?filter=%00", "?name=%00",
		"?points=0&name=a", "?width=99999999", "?range=24h&range=1h" };
	static const long codes[] = { 200, 400, 404, 405, 0 };
	char path[QUERY_PATH], whole[QUERY_PATH + 64];

	(void)state;
	for (size_t i = 0; next_path(&i, path);) {
		if (strcmp(path, "/api/v1/stream") == 0)
			continue;
		for (size_t k = 0; k < NELEMS(wrong); k++) {
			snprintf(whole, sizeof(whole), "%s%s", path, wrong[k]);
			expect(
			    &(struct asked){ "GET", whole, { bearer }, NULL },
			    "a wrong query", codes);
		}
	}
}

static void
a_wrong_path_is_not_found(void **state)
{
	static const char *const wrong[] = { "//", "/..", "/../web.token",
		"/%2e%2e/web.token", "/%00", "/a%00b", "/%", "/%ff%fe", "/api",
		"/api/v1", "/api/v1/", "/api/v2/overview", "/API/v1/overview",
		"/api/v1/overview%00", "/index.html/", "/app.js.gz",
		"/state.db", "/rrd/mx1", "/graph/../web.token.png",
		"/graph/%2e%2e%2fweb.token.png", "/api/v1/blocks/%00" };
	static const long codes[] = { 400, 404, 405, 0 };
	static char longest[6000];

	(void)state;
	for (size_t k = 0; k < NELEMS(wrong); k++)
		expect(&(struct asked){ "GET", wrong[k], { bearer }, NULL },
		    "a wrong path", codes);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[0] = '/';
	expect(&(struct asked){ "GET", longest, { bearer }, NULL },
	    "a long path", (const long[]){ 414, 0 });
	longest[QUERY_PATH + 10] = '\0';
	expect(&(struct asked){ "GET", longest, { bearer }, NULL },
	    "a long path", codes);
}

static int
start(void **state)
{
	struct name file;
	FILE *log;
	size_t n;
	struct stat st;
	char *token;

	(void)state;
	/* It draws, and the libraries for that keep some of what they take. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	daemon_init(&d);
	daemon_configure(
	    &d, "root", "domains = {\"example.org\"}\nnetworks = {}\n");
	log = fopen(d.logs.path, "we");
	for (int i = 0; i < 12; i++)
		hostile_write(log, "mx1");
	fclose(log);
	daemon_start(&d);
	daemon_await(&d);
	daemon_await_lines(&d, 12 * NELEMS(hostile_lines));
	file = in(&d.logs, "data/web.token");
	token = read_whole(file.path, &n, &st);
	snprintf(bearer, sizeof(bearer), "Authorization: Bearer %.64s", token);
	free(token);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	daemon_stop(&d);
	daemon_fini(&d);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_the_token_no_answer_names_anybody),
		cmocka_unit_test(with_the_token_there_are_names_to_be_seen),
		cmocka_unit_test(what_is_asked_wrongly_changes_nothing),
		cmocka_unit_test(a_wrong_query_is_told_so),
		cmocka_unit_test(a_wrong_path_is_not_found),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
