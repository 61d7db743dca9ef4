/* firewall.c - the privileged helper: looks again, then has a backend do it */
#include "blocks/firewall.h"

#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "base/mem.h"
#include "blocks/exempt.h"
#include "blocks/own.h"

struct firewall {
	const struct block_backend *backend;
	struct block_config config; /* its lists as they were at the start */
	struct exempt exempt;
	struct own *own; /* NULL: not known */
	struct prefix told[FIREWALL_NEVER];
	size_t told_count;
};

typedef int serve_fn(struct firewall *, const struct block_request *,
    struct block_answer *, int fd);

/* Where it is among those told; told_count: it is not. */
static size_t
place_of(const struct firewall *firewall, const struct prefix *prefix)
{
	size_t i = 0;

	while (
	    i < firewall->told_count && !prefix_eq(&firewall->told[i], prefix))
		i++;
	return i;
}

static void
take_never(struct firewall *firewall, const struct prefix *prefix, bool forget)
{
	size_t at = place_of(firewall, prefix);

	if (forget && at < firewall->told_count)
		firewall->told[at] = firewall->told[--firewall->told_count];
	else if (!forget && at == firewall->told_count && at < FIREWALL_NEVER)
		firewall->told[firewall->told_count++] = *prefix;
}

/* Prefixes of any length, as they are in configurations. */
static int
serve_never(struct firewall *firewall, const struct block_request *request,
    struct block_answer *answer, int fd)
{
	(void)answer;
	(void)fd;
	for (uint32_t i = 0; i < request->count; i++) {
		const struct block_element *element = &request->elements[i];
		struct prefix prefix = { { element->family, { 0 } },
			element->bits };

		if ((element->family != 4 && element->family != 6) ||
		    element->bits > (element->family == 4 ? 32 : 128))
			continue;
		memcpy(prefix.addr.b, element->b, sizeof(prefix.addr.b));
		take_never(firewall, &prefix, element->remove);
	}
	exempt_set(&firewall->exempt, EXEMPT_HOSTS, firewall->told,
	    firewall->told_count);
	return 0;
}

static int
serve_open(struct firewall *firewall, const struct block_request *request,
    struct block_answer *answer, int fd)
{
	struct block_config *config = &firewall->config;

	(void)fd;
	config->forward = request->open.forward;
	config->max_blocks = request->open.max_blocks;
	config->port_count = 0;
	for (size_t i = 0; i < request->open.port_count && i < BLOCK_PORTS; i++)
		if (request->open.ports[i] != 0)
			config->ports[config->port_count++] =
			    request->open.ports[i];
	return firewall->backend->open(config, &answer->found, &answer->err);
}

/* Has it an address that is never blocked?  What is not sound counts as one. */
static bool
is_never(const struct firewall *firewall, const struct block_element *element)
{
	struct prefix what;

	return !wire_prefix(element, &what) ||
	       (!element->remove && exempt_overlaps(&firewall->exempt, &what));
}

static void
refresh_own(struct firewall *firewall)
{
	if (firewall->own != NULL)
		(void)own_refresh(firewall->own, &firewall->exempt);
}

static int
serve_change(struct firewall *firewall, const struct block_request *request,
    struct block_answer *answer, int fd)
{
	static struct block_element good[BLOCK_CHANGES];
	size_t n = 0;

	(void)fd;
	if (firewall->backend->change == NULL)
		return err_set(&answer->err, "%s: is no firewall",
		    firewall->backend->name);
	refresh_own(firewall);
	for (uint32_t i = 0; i < request->count; i++) {
		answer->never[i] = is_never(firewall, &request->elements[i]);
		if (!answer->never[i])
			good[n++] = request->elements[i];
	}
	return n == 0 ? 0 : firewall->backend->change(good, n, &answer->err);
}

/* Copy the list but for what is never blocked. */
static int
sift(struct firewall *firewall, FILE *in, FILE *out)
{
	struct block_element element;
	char sender[UINT8_MAX];

	while (fread(&element, sizeof(element), 1, in) == 1) {
		if (fread(sender, 1, element.sender_bytes, in) !=
		    element.sender_bytes)
			return -1;
		if (element.family != 0 && is_never(firewall, &element))
			continue;
		fwrite(&element, sizeof(element), 1, out);
		fwrite(sender, 1, element.sender_bytes, out);
	}
	return ferror(in) ? -1 : 0;
}

static int
serve_write(struct firewall *firewall, const struct block_request *request,
    struct block_answer *answer, int fd)
{
	int list = memfd_create("list", MFD_CLOEXEC), rc = -1;
	FILE *in = fdopen(dup(fd), "r"), *out = fdopen(dup(list), "w");

	(void)request;
	refresh_own(firewall);
	if (firewall->backend->write == NULL)
		err_set(&answer->err, "%s: is no map", firewall->backend->name);
	else if (in == NULL || out == NULL || sift(firewall, in, out) == -1)
		err_set(&answer->err, "the list cannot be read");
	else
		rc = 0;
	if (in != NULL)
		fclose(in);
	if (out != NULL && fclose(out) == EOF && rc == 0)
		rc = err_sys(&answer->err, "the list");
	if (rc == 0 && lseek(list, 0, SEEK_SET) == 0)
		rc = firewall->backend->write(list, &answer->err);
	if (list != -1)
		close(list);
	return rc;
}

static int
serve_check(struct firewall *firewall, const struct block_request *request,
    struct block_answer *answer, int fd)
{
	(void)request;
	return firewall->backend->check == NULL
		   ? 0
		   : firewall->backend->check(fd, answer, &answer->err);
}

static int
serve_close(struct firewall *firewall, const struct block_request *request,
    struct block_answer *answer, int fd)
{
	(void)request;
	(void)fd;
	return firewall->backend->close(&firewall->config, &answer->err);
}

static void
serve(void *arg, const void *request_bytes, void *answer_bytes, int *fd)
{
	static serve_fn *const ops[BLOCK_OPS] = {
		[BLOCK_OP_NEVER] = serve_never,
		[BLOCK_OP_OPEN] = serve_open,
		[BLOCK_OP_CHANGE] = serve_change,
		[BLOCK_OP_CHECK] = serve_check,
		[BLOCK_OP_WRITE] = serve_write,
		[BLOCK_OP_CLOSE] = serve_close,
	};
	const struct block_request *request = request_bytes;
	struct block_answer *answer = answer_bytes;

	if (request->op >= BLOCK_OPS || request->count > BLOCK_CHANGES)
		answer->failed = err_set(&answer->err, "not understood") == -1;
	else
		answer->failed =
		    ops[request->op](arg, request, answer, *fd) == -1;
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
begin(void *arg)
{
	struct firewall *firewall = arg;
	struct block_answer answer = { .born = true };
	struct err err;

	firewall->own = own_open(&err);
	if (firewall->own == NULL)
		log_warn("addresses of this host: %s", err.text);
	refresh_own(firewall);
	helper_tell(&answer, sizeof(answer), -1);
}

static int
watched(void *arg)
{
	const struct firewall *firewall = arg;

	return firewall->backend->fd == NULL ? -1 : firewall->backend->fd();
}

static void
stirred(void *arg)
{
	const struct firewall *firewall = arg;
	struct block_answer answer = { .failed = false };

	firewall->backend->stirred(&answer);
	if (answer.failed || answer.wiped || answer.touched)
		helper_tell(&answer, sizeof(answer), -1);
}

struct helper *
firewall_start(const struct block_backend *backend,
    const struct block_config *config, const struct prefix *networks, size_t n,
    uid_t uid, gid_t gid, struct err *err)
{
	struct firewall *firewall = mem_zero(1, sizeof(*firewall));
	const struct helper_config helper_config = {
		.name = firewall_name(backend),
		.request_bytes = sizeof(struct block_request),
		.answer_bytes = sizeof(struct block_answer),
		.serve = serve,
		.arg = firewall,
		.takes_fd = true,
		.begin = begin,
		.fd = watched,
		.stirred = stirred,
		.revive = true,
		.uid = uid,
		.gid = gid,
		.capabilities = backend->capabilities,
	};
	struct helper *helper;

	firewall->backend = backend;
	firewall->config = *config;
	exempt_set(&firewall->exempt, EXEMPT_NEVER, config->never,
	    config->never_count);
	exempt_set(&firewall->exempt, EXEMPT_NETWORKS, networks, n);
	helper = helper_start(&helper_config, err);
	exempt_fini(&firewall->exempt);
	free(firewall); /* the child has its own */
	return helper;
}
