/*
 * web_client.h - asking the fixture's server, by libcurl
 *
 * Client and server take turns in one thread.
 */
#ifndef TESTS_WEB_CLIENT_H
#define TESTS_WEB_CLIENT_H

#include <sys/socket.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <time.h>

#include "tests/web_fixture.h"

#define PATIENCE 20 /* seconds until what must come has not */

struct reply {
	long code;
	char headers[8192];
	size_t header_bytes;
	char *body; /* never NULL */
	size_t n;
	bool over;
	CURL *curl;
	struct curl_slist *sent;
};

struct asked {
	const char *method; /* NULL: GET */
	const char *path;
	const char *headers[4];
	const char *body;
};

static struct fixture *f;
static CURLM *multi;

static inline size_t
take_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct reply *reply = arg;

	(void)size;
	reply->body = realloc(reply->body, reply->n + n + 1);
	memcpy(reply->body + reply->n, bytes, n);
	reply->n += n;
	reply->body[reply->n] = '\0';
	return n;
}

static inline size_t
take_header(char *bytes, size_t size, size_t n, void *arg)
{
	struct reply *reply = arg;

	(void)size;
	if (reply->header_bytes + n < sizeof(reply->headers)) {
		memcpy(reply->headers + reply->header_bytes, bytes, n);
		reply->header_bytes += n;
	}
	return n;
}

static inline void
begin(struct reply *reply, const struct asked *asked)
{
	char url[8192];

	memset(reply, 0, sizeof(*reply));
	reply->body = strdup("");
	reply->curl = curl_easy_init();
	snprintf(url, sizeof(url), "%s%s", web_address(f->web), asked->path);
	curl_easy_setopt(reply->curl, CURLOPT_URL, url);
	curl_easy_setopt(reply->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(reply->curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(reply->curl, CURLOPT_PRIVATE, reply);
	curl_easy_setopt(reply->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(reply->curl, CURLOPT_WRITEDATA, reply);
	curl_easy_setopt(reply->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(reply->curl, CURLOPT_HEADERDATA, reply);
	for (size_t i = 0; i < NELEMS(asked->headers); i++)
		if (asked->headers[i] != NULL)
			reply->sent =
			    curl_slist_append(reply->sent, asked->headers[i]);
	curl_easy_setopt(reply->curl, CURLOPT_HTTPHEADER, reply->sent);
	if (asked->body != NULL)
		curl_easy_setopt(reply->curl, CURLOPT_POSTFIELDS, asked->body);
	if (asked->method != NULL && strcmp(asked->method, "HEAD") == 0)
		curl_easy_setopt(reply->curl, CURLOPT_NOBODY, 1L);
	else if (asked->method != NULL)
		curl_easy_setopt(
		    reply->curl, CURLOPT_CUSTOMREQUEST, asked->method);
	curl_multi_add_handle(multi, reply->curl);
}

/* Client and server go on; what is over is marked so. */
static inline void
turn(void)
{
	struct reply *reply;
	CURLMsg *message;
	int running, left;

	fixture_turn(f, 5);
	curl_multi_perform(multi, &running);
	while ((message = curl_multi_info_read(multi, &left)) != NULL) {
		curl_easy_getinfo(
		    message->easy_handle, CURLINFO_PRIVATE, (char **)&reply);
		curl_easy_getinfo(
		    message->easy_handle, CURLINFO_RESPONSE_CODE, &reply->code);
		reply->over = true;
	}
}

static inline void
end(struct reply *reply)
{
	curl_multi_remove_handle(multi, reply->curl);
	curl_easy_cleanup(reply->curl);
	curl_slist_free_all(reply->sent);
	free(reply->body);
}

static inline bool
patient(time_t *until)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (*until == 0)
		*until = now.tv_sec + PATIENCE;
	return now.tv_sec <= *until;
}

static inline void
ask(struct reply *reply, const struct asked *asked)
{
	time_t until = 0;

	begin(reply, asked);
	while (!reply->over && patient(&until))
		turn();
	if (!reply->over)
		fail_msg("%s: no answer", asked->path);
}

static inline long
code_of(const struct asked *asked)
{
	struct reply reply;

	ask(&reply, asked);
	end(&reply);
	return reply.code;
}

static inline json_t *
json_of(const char *path)
{
	struct reply reply;
	json_t *json;

	ask(&reply, &(struct asked){ .path = path });
	json = json_loads(reply.body, 0, NULL);
	if (reply.code != 200 || json == NULL)
		fail_msg("%s: %ld %s", path, reply.code, reply.body);
	end(&reply);
	return json;
}

static inline const char *
bearer(void)
{
	static char text[128];
	char path[128], token[80] = "";
	FILE *in;

	snprintf(path, sizeof(path), "%s/web.token", f->data);
	in = fopen(path, "r");
	assert_non_null(in);
	assert_non_null(fgets(token, sizeof(token), in));
	fclose(in);
	token[strcspn(token, "\n")] = '\0';
	snprintf(text, sizeof(text), "Authorization: Bearer %s", token);
	return text;
}

#define FORWARDED "X-Forwarded-For: 203.0.113.9"

static inline int
client_open(void **state)
{
	(void)state;
	multi = curl_multi_init();
	f = fixture_open(3 * 1440, 3);
	return 0;
}

static inline int
client_close(void **state)
{
	(void)state;
	curl_multi_cleanup(multi);
	fixture_close(f);
	return 0;
}

#endif
