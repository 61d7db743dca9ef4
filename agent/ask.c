/* ask.c - a question to the running agent, over its HTTP API */
#include "agent/ask.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PATIENCE_MS  300000 /* a test mail tries one way after another */
#define LOOK_MS      30000  /* whoever only looks is answered sooner */
#define ANSWER_BYTES (64u << 20)
#define PAGE_ROWS    1000 /* what the API gives at once */

struct asking {
	CURL *curl;
	struct curl_slist *headers;
	char *body; /* that goes out; NULL: none */
	char *text; /* that came */
	size_t n;
	char complaint[CURL_ERROR_SIZE];
};

static size_t
take(char *bytes, size_t size, size_t n, void *arg)
{
	struct asking *asking = arg;

	(void)size;
	if (n > ANSWER_BYTES - asking->n)
		return 0;
	asking->text = mem_grow(asking->text, asking->n + n, 1);
	memcpy(asking->text + asking->n, bytes, n);
	asking->n += n;
	return n;
}

static void
add_header(struct asking *asking, const char *name, const char *value)
{
	char line[256];

	snprintf(line, sizeof(line), "%s: %s", name, value);
	asking->headers = curl_slist_append(asking->headers, line);
	explicit_bzero(line, sizeof(line));
}

/* The agent's own certificate, whatever name it is for. */
static void
trust(CURL *curl, const struct config *config)
{
	if (config->web.tls_cert == NULL)
		return;
	curl_easy_setopt(curl, CURLOPT_CAINFO, config->web.tls_cert);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

static enum ask_answer
prepare(struct asking *asking, const struct config *config, const char *method,
    const char *path, struct err *err)
{
	char address[128], token[WEB_TOKEN], url[2048], bearer[WEB_TOKEN + 8];
	CURL *curl = asking->curl;

	if (web_access(config->data, address, sizeof(address), token, err) ==
	    -1)
		return errno == ENOENT ? ASK_NOBODY : ASK_REFUSED;
	snprintf(url, sizeof(url), "%s%s", address, path);
	snprintf(bearer, sizeof(bearer), "Bearer %s", token);
	add_header(asking, "Authorization", bearer);
	explicit_bzero(bearer, sizeof(bearer));
	explicit_bzero(token, sizeof(token));
	add_header(asking, "Origin", address);
	if (asking->body != NULL) {
		add_header(asking, "Content-Type", "application/json");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, asking->body);
	}
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, asking->headers);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
	    strcmp(method, "GET") == 0 ? (long)LOOK_MS : (long)PATIENCE_MS);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, asking->complaint);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, asking);
	trust(curl, config);
	return ASK_DONE;
}

/* A refusal says why in its "error". */
static enum ask_answer
judge(const struct asking *asking, json_t **answer, struct err *err)
{
	json_t *json = json_loadb(asking->text, asking->n, 0, NULL);
	const char *why = json_string_value(json_object_get(json, "error"));
	long code = 0;

	curl_easy_getinfo(asking->curl, CURLINFO_RESPONSE_CODE, &code);
	if (code >= 200 && code < 300 && json != NULL) {
		*answer = json;
		return ASK_DONE;
	}
	if (why != NULL)
		err_set(err, "%s", why);
	else
		err_set(err, "the agent gave no proper answer (%ld)", code);
	json_decref(json);
	return code == 400 ? ASK_WRONG : ASK_REFUSED;
}

static enum ask_answer
perform(struct asking *asking, const struct config *config, json_t **answer,
    struct err *err)
{
	CURLcode rc = curl_easy_perform(asking->curl);

	if (rc == CURLE_OK)
		return judge(asking, answer, err);
	if (rc == CURLE_COULDNT_CONNECT) {
		err_set(err, "%s: no agent is running here", config->data);
		return ASK_NOBODY;
	}
	err_set(err, "the agent does not answer: %s",
	    asking->complaint[0] != '\0' ? asking->complaint
					 : curl_easy_strerror(rc));
	return ASK_REFUSED;
}

enum ask_answer
ask(const struct config *config, const char *method, const char *path,
    json_t *body, json_t **answer, struct err *err)
{
	struct asking asking = { .curl = curl_easy_init() };
	enum ask_answer rc = ASK_REFUSED;

	*answer = NULL;
	if (body != NULL)
		asking.body = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	if (asking.curl == NULL)
		err_set(err, "libcurl: cannot be started");
	else if ((rc = prepare(&asking, config, method, path, err)) == ASK_DONE)
		rc = perform(&asking, config, answer, err);
	curl_easy_cleanup(asking.curl);
	curl_slist_free_all(asking.headers);
	free(asking.body);
	free(asking.text);
	return rc;
}

enum ask_answer
ask_rows(const struct config *config, const char *path, const char *name,
    json_t **answer, struct err *err)
{
	char page[128];
	json_t *rows = json_array(), *more;
	enum ask_answer rc;
	size_t n;

	do {
		snprintf(page, sizeof(page), "%s?limit=%d&offset=%zu", path,
		    PAGE_ROWS, json_array_size(rows));
		rc = ask(config, "GET", page, NULL, answer, err);
		if (rc != ASK_DONE)
			break;
		more = json_object_get(*answer, name);
		n = json_array_size(more);
		json_array_extend(rows, more);
		json_object_set(*answer, name, rows);
		if (n == PAGE_ROWS)
			json_decref(*answer);
	} while (n == PAGE_ROWS);
	json_decref(rows);
	return rc;
}

char *
ask_path(const char *start, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	char *path = mem_zero(strlen(start) + 3 * strlen(text) + 1, 1), *p;

	p = stpcpy(path, start);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || strchr(".-_:@", c) != NULL) {
			*p++ = (char)c;
		} else {
			*p++ = '%';
			*p++ = hex[c >> 4];
			*p++ = hex[c & 15];
		}
	}
	return path;
}
