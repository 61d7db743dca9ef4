/* sender.c - one mail or request at a time, by libcurl, in its own thread */
#include "alerts/sender.h"

#include <sys/socket.h>

#include <curl/curl.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/safe.h"
#include "base/worker.h"

#define CONNECT_MS   15000L
#define WHOLE_MS     60000L
#define ANSWER_BYTES 65536 /* of a web server, that are listened to */

struct sender {
	struct worker *worker;
	int stop[2]; /* the writer's end closed: break off */
};

/* Belongs to the worker from its submission to its return. */
struct sending {
	struct job job;
	struct sender *sender;
	send_done_fn *done;
	void *arg;
	CURL *curl;
	int fd; /* of the connection, libcurl's own; -1: none yet */
	struct curl_slist *to, *fields;
	bool is_mail;
	char *bytes;
	size_t n, at;
	size_t heard;              /* bytes of an answer */
	char reply[300], bad[300]; /* the last one, the first refusal */
	char error[CURL_ERROR_SIZE];
	struct send_result result;
};

/* "250 2.0.0 Ok"; of a web server only its first line is of that kind. */
static size_t
take_reply(char *bytes, size_t size, size_t n, void *arg)
{
	struct sending *sending = arg;
	struct slice line = { bytes, n };

	(void)size;
	while (line.n > 0 && strchr("\r\n", line.p[line.n - 1]) != NULL)
		line.n--;
	if (!sending->is_mail && !slice_begins(line, "HTTP/"))
		return n;
	safe_text(line, 0, sending->reply, sizeof(sending->reply));
	if (sending->is_mail && sending->bad[0] == '\0' &&
	    (sending->reply[0] == '4' || sending->reply[0] == '5'))
		memcpy(sending->bad, sending->reply, sizeof(sending->bad));
	return n;
}

/* Enough of it to be polite. */
static size_t
take_answer(char *bytes, size_t size, size_t n, void *arg)
{
	struct sending *sending = arg;

	(void)bytes;
	(void)size;
	sending->heard += n;
	return sending->heard > ANSWER_BYTES ? 0 : n;
}

static size_t
give_bytes(char *buffer, size_t size, size_t n, void *arg)
{
	struct sending *sending = arg;

	n *= size;
	if (n > sending->n - sending->at)
		n = sending->n - sending->at;
	memcpy(buffer, sending->bytes + sending->at, n);
	sending->at += n;
	return n;
}

static int
take_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	struct sending *sending = arg;

	(void)purpose;
	sending->fd = fd;
	return CURL_SOCKOPT_OK;
}

/* Broken off, libcurl still says QUIT and waits: nobody is to be heard. */
static int
is_stopped(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct sending *sending = arg;
	struct pollfd fd = { sending->sender->stop[0], 0, 0 };

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	if (poll(&fd, 1, 0) != 1)
		return 0;
	if (sending->fd != -1)
		(void)shutdown(sending->fd, SHUT_RDWR);
	return 1;
}

static void
judge_mail(struct sending *sending, CURLcode rc)
{
	struct send_result *result = &sending->result;
	const char *words =
	    sending->error[0] != '\0' ? sending->error : curl_easy_strerror(rc);

	result->end = rc == CURLE_OK           ? SEND_DONE
		      : sending->bad[0] == '5' ? SEND_REFUSED
					       : SEND_LATER;
	if (rc != CURLE_OK && sending->bad[0] != '\0')
		words = sending->bad;
	if (rc != CURLE_OK)
		safe_text(
		    slice_of(words), 0, result->words, sizeof(result->words));
	else if (sending->bad[0] != '\0')
		snprintf(result->words, sizeof(result->words),
		    "not to all: %.180s (then %.180s)", sending->bad,
		    sending->reply);
	else
		snprintf(
		    result->words, sizeof(result->words), "%s", sending->reply);
}

static void
judge_request(struct sending *sending, CURLcode rc)
{
	struct send_result *result = &sending->result;
	long code = 0;

	curl_easy_getinfo(sending->curl, CURLINFO_RESPONSE_CODE, &code);
	/* An answer that was cut short for its length is one. */
	if (rc == CURLE_WRITE_ERROR && sending->heard > ANSWER_BYTES)
		rc = CURLE_OK;
	if (rc == CURLE_OK && code >= 200 && code < 300)
		result->end = SEND_DONE;
	else if (rc == CURLE_OK && code >= 400 && code < 500 && code != 408 &&
		 code != 429)
		result->end = SEND_REFUSED;
	else
		result->end = SEND_LATER;
	safe_text(
	    slice_of(rc == CURLE_OK              ? sending->reply
		     : sending->error[0] != '\0' ? sending->error
						 : curl_easy_strerror(rc)),
	    0, result->words, sizeof(result->words));
}

static void
run_sending(struct job *job)
{
	struct sending *sending = (struct sending *)job;
	CURLcode rc = curl_easy_perform(sending->curl);

	if (sending->is_mail)
		judge_mail(sending, rc);
	else
		judge_request(sending, rc);
	/* Says QUIT, and waits for the answer. */
	curl_easy_cleanup(sending->curl);
	sending->curl = NULL;
}

static void
sending_free(struct sending *sending)
{
	curl_easy_cleanup(sending->curl);
	curl_slist_free_all(sending->to);
	curl_slist_free_all(sending->fields);
	free(sending->bytes);
	free(sending);
}

static void
sending_done(struct job *job)
{
	struct sending *sending = (struct sending *)job;

	if (sending->sender->stop[1] != -1)
		sending->done(sending->arg, &sending->result);
	sending_free(sending);
}

static void
set_mail(struct sending *sending, const struct send_order *order)
{
	CURL *curl = sending->curl;

	for (size_t i = 0; i < order->to_count; i++)
		sending->to = curl_slist_append(sending->to, order->to[i]);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_USE_SSL,
	    order->tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
	if (order->user != NULL) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, order->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD,
		    order->password != NULL ? order->password : "");
	}
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, order->from);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, sending->to);
	/* One wrong address is no reason to tell nobody. */
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_bytes);
	curl_easy_setopt(curl, CURLOPT_READDATA, sending);
	curl_easy_setopt(
	    curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)sending->n);
}

static void
set_request(struct sending *sending)
{
	CURL *curl = sending->curl;

	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "mailweir");
	if (sending->bytes == NULL)
		return;
	sending->fields =
	    curl_slist_append(NULL, "Content-Type: application/json");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, sending->fields);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sending->bytes);
	curl_easy_setopt(
	    curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)sending->n);
}

static void
set_all(struct sending *sending, const struct send_order *order)
{
	CURL *curl = sending->curl;

	curl_easy_setopt(curl, CURLOPT_URL, order->url);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, sending->error);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, 30L);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	if (order->ca != NULL)
		curl_easy_setopt(curl, CURLOPT_CAINFO, order->ca);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_stopped);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, sending);
	curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, take_socket);
	curl_easy_setopt(curl, CURLOPT_SOCKOPTDATA, sending);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_reply);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, sending);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, sending);
}

bool
sender_send(struct sender *sender, const struct send_order *order,
    send_done_fn *done, void *arg)
{
	struct sending *sending = mem_zero(1, sizeof(*sending));

	sending->job = (struct job){ NULL, run_sending, sending_done };
	sending->sender = sender;
	sending->done = done;
	sending->arg = arg;
	sending->fd = -1;
	sending->is_mail = order->to_count != 0;
	if (order->bytes != NULL) {
		sending->bytes = mem_copy(order->bytes, order->n);
		sending->n = order->n;
	}
	sending->curl = curl_easy_init();
	if (sending->curl == NULL)
		abort();
	set_all(sending, order);
	if (sending->is_mail)
		set_mail(sending, order);
	else
		set_request(sending);
	if (worker_submit(sender->worker, JOB_READ, &sending->job))
		return true;
	sending_free(sending);
	return false;
}

struct sender *
sender_new(struct err *err)
{
	struct sender *sender = mem_zero(1, sizeof(*sender));

	sender->stop[0] = sender->stop[1] = -1;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(err, "libcurl: it does not start");
		goto fail;
	}
	if (pipe2(sender->stop, O_CLOEXEC) == -1) {
		err_sys(err, "mail: pipe");
		goto fail;
	}
	sender->worker = worker_new(err);
	if (sender->worker != NULL)
		return sender;
fail:
	sender_free(sender);
	return NULL;
}

void
sender_free(struct sender *sender)
{
	if (sender == NULL)
		return;
	if (sender->stop[1] != -1)
		close(sender->stop[1]);
	sender->stop[1] = -1;
	worker_free(sender->worker);
	if (sender->stop[0] != -1)
		close(sender->stop[0]);
	free(sender);
}

int
sender_fd(const struct sender *sender)
{
	return worker_fd(sender->worker);
}

void
sender_ready(struct sender *sender)
{
	worker_ready(sender->worker);
}

const char *
sender_library(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "libcurl %s",
	    curl_version_info(CURLVERSION_NOW)->version);
	return text;
}
