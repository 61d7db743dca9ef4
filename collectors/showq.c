/* showq.c - Postfix's list of its queues, by the socket of its showq(8) */
#include "collectors/showq.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define PART_BYTES 65536

struct showq {
	char *path;
	int fd; /* -1: not connected */
	struct showq_answer answer;
};

static bool
take_token(struct showq_answer *a, struct slice token)
{
	uint64_t number;
	int queue;

	if (!a->in_value && token.n == 0) {
		a->ended = !a->has_any;
		if (a->has_queue)
			spool_add(&a->count, &a->message);
		a->has_any = a->has_queue = false;
		a->message = (struct spool_message){ 0 };
		return true;
	}
	if (!a->in_value) {
		slice_copy(token, a->name, sizeof(a->name));
		a->has_any = a->in_value = true;
		return true;
	}
	a->in_value = false;
	if (strcmp(a->name, "protocol") == 0)
		return slice_is(token, "mail_queue_list_protocol");
	if (strcmp(a->name, "queue_name") == 0) {
		queue = spool_queue(token);
		a->has_queue = queue != -1;
		if (a->has_queue)
			a->message.queue = (enum queue_name)queue;
	} else if (strcmp(a->name, "time") == 0) {
		if (!slice_number(token, &number) || number > UINT32_MAX)
			return false;
		a->message.arrived = (int64_t)number;
	}
	return true;
}

/* Names are short; older versions answer with text for people. */
bool
showq_take(struct showq_answer *a, struct slice bytes)
{
	for (size_t i = 0; i < bytes.n && !a->ended; i++) {
		if (bytes.p[i] != '\0') {
			if (a->n < sizeof(a->token))
				a->token[a->n] = bytes.p[i];
			a->n++;
			if (!a->in_value && a->n >= sizeof(a->name))
				return false;
			continue;
		}
		if (!take_token(
			a, (struct slice){ a->token, a->n < sizeof(a->token)
							 ? a->n
							 : sizeof(a->token) }))
			return false;
		a->n = 0;
	}
	return true;
}

struct showq *
showq_new(const char *path)
{
	struct showq *showq = mem_zero(1, sizeof(*showq));

	showq->path = mem_text(path);
	showq->fd = -1;
	return showq;
}

void
showq_hang_up(struct showq *showq)
{
	if (showq->fd != -1)
		close(showq->fd);
	showq->fd = -1;
}

void
showq_free(struct showq *showq)
{
	if (showq == NULL)
		return;
	showq_hang_up(showq);
	free(showq->path);
	free(showq);
}

static int
call(struct showq *showq, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	bool spool = stat(showq->path, &st) == 0 && S_ISDIR(st.st_mode);
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s%s",
	    showq->path, spool ? "/public/showq" : "");

	if (n >= (int)sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return err_sys(err, "%s", showq->path);
	}
	showq->fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (showq->fd == -1 ||
	    connect(showq->fd, (const struct sockaddr *)&address,
		sizeof(address)) == -1)
		return err_sys(err, "%s", address.sun_path);
	memset(&showq->answer, 0, sizeof(showq->answer));
	return 0;
}

static enum spool_result
fail(struct showq *showq)
{
	int saved = errno;

	showq_hang_up(showq);
	errno = saved;
	return SPOOL_FAILED;
}

enum spool_result
showq_step(struct showq *showq, struct spool_count *count, struct err *err)
{
	char bytes[PART_BYTES];
	ssize_t n;

	if (showq->fd == -1 && call(showq, err) == -1)
		return fail(showq);
	n = recv(showq->fd, bytes, sizeof(bytes), 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return SPOOL_WAIT;
	if (n == -1) {
		err_sys(err, "%s: showq", showq->path);
		return fail(showq);
	}
	if (!showq_take(&showq->answer, (struct slice){ bytes, (size_t)n }) ||
	    (n == 0 && !showq->answer.ended)) {
		err_set(err,
		    "%s: showq does not answer as Postfix 3.1 and later do",
		    showq->path);
		errno = EPROTO;
		return fail(showq);
	}
	if (!showq->answer.ended)
		return SPOOL_MORE;
	*count = showq->answer.count;
	showq_hang_up(showq);
	return SPOOL_DONE;
}
