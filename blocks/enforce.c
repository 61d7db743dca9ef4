/* enforce.c - the list's side of the helper: asks, and keeps what it hears */
#include "blocks/enforce.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "base/mem.h"
#include "blocks/enforce_impl.h"
#include "blocks/firewall.h"
#include "blocks/own.h"

#define CHECK_SECS  60 /* between two questions whether all is there */
#define CLOSE_MSECS 5000

int
blocks_enforce(struct blocks *blocks, const struct prefix *networks, size_t n,
    uid_t uid, gid_t gid, struct err *err)
{
	const struct block_backend *backend =
	    block_backend(blocks->config->backend);
	struct enforcer *enforcer;
	struct err ignored;

	if (backend == NULL)
		return err_set(err, "blocks: there is no backend %s",
		    blocks->config->backend);
	if (backend->capabilities == 0)
		return 0; /* it does nothing that needs a helper */
	enforcer = mem_zero(1, sizeof(*enforcer));
	enforcer->blocks = blocks;
	enforcer->backend = backend;
	enforcer->resend_at = NOTHING;
	enforcer->batch = BLOCK_CHANGES;
	enforcer->helper = firewall_start(backend, blocks->config, networks, n,
	    backend->root ? 0 : uid, backend->root ? 0 : gid, err);
	if (enforcer->helper == NULL) {
		free(enforcer);
		return -1;
	}
	/* Without it the helper still knows. */
	enforcer->own = own_open(&ignored);
	blocks->enforcer = enforcer;
	return 0;
}

/* An agent that never made anything has nothing to take away. */
void
enforcer_close(struct enforcer *enforcer)
{
	struct block_answer answer;
	struct err err;

	if (enforcer == NULL)
		return;
	if (enforcer->helper != NULL && enforcer->made) {
		enforcer->request.op = BLOCK_OP_CLOSE;
		enforcer->request.count = 0;
		if (helper_call(enforcer->helper, &enforcer->request, &answer,
			NULL, CLOSE_MSECS, &err) == -1)
			log_warn("%s", err.text);
	}
	helper_stop(enforcer->helper);
	own_close(enforcer->own);
	free(enforcer->queue);
	free(enforcer->unsaid);
	free(enforcer);
}

void
enforcer_trouble(struct enforcer *enforcer, const struct err *err)
{
	enforcer->in_trouble = err != NULL;
	if (err != NULL)
		enforcer->trouble = *err;
}

static void
ended(struct enforcer *enforcer)
{
	struct err err;

	helper_stop(enforcer->helper);
	enforcer->helper = NULL;
	enforcer->asked = enforcer->open = false;
	err_set(&err,
	    "the helper %s has ended; what is blocked stays so until its time "
	    "is over, nobody else is blocked before a restart",
	    firewall_name(enforcer->backend));
	enforcer_trouble(enforcer, &err);
}

/* fd goes along and is closed. */
static void
ask(struct enforcer *enforcer, enum block_op op, int fd)
{
	struct err err;

	enforcer->request.op = op;
	enforcer->asked = true;
	if (helper_ask(enforcer->helper, &enforcer->request, fd,
		&enforcer->number, &err) == -1)
		ended(enforcer);
	if (fd != -1)
		close(fd);
}

/* True: there is more of the exempt sets to tell. */
static bool
ask_never(struct enforcer *enforcer)
{
	const struct exempt *exempt = &enforcer->blocks->exempt;
	struct block_request *request = &enforcer->request;

	request->count = 0;
	while (enforcer->never_set < BLOCK_EXEMPTS &&
	       request->count < BLOCK_CHANGES) {
		size_t set = enforcer->never_set;

		/* Its own addresses it knows better. */
		if (set == EXEMPT_OWN ||
		    enforcer->never_at == exempt->sets[set].count) {
			enforcer->never_set++;
			enforcer->never_at = 0;
			continue;
		}
		request->elements[request->count++] =
		    wire_element(&exempt->sets[set].list[enforcer->never_at++]);
	}
	if (request->count == 0)
		return false;
	ask(enforcer, BLOCK_OP_NEVER, -1);
	return true;
}

/*
 * What was said and taken back.  It may be in another set as well: all of them
 * are told again behind it.
 */
static bool
ask_forget(struct enforcer *enforcer)
{
	struct block_request *request = &enforcer->request;

	if (enforcer->unsaid_count == 0)
		return false;
	request->count = 0;
	while (enforcer->unsaid_count != 0 && request->count < BLOCK_CHANGES) {
		struct block_element *element =
		    &request->elements[request->count++];

		*element =
		    wire_element(&enforcer->unsaid[--enforcer->unsaid_count]);
		element->remove = true;
	}
	enforcer->never_set = enforcer->never_at = 0;
	ask(enforcer, BLOCK_OP_NEVER, -1);
	return true;
}

static void
ask_open(struct enforcer *enforcer)
{
	const struct block_config *config = enforcer->blocks->config;
	struct block_request *request = &enforcer->request;

	request->count = 0;
	request->open.max_blocks = config->max_blocks;
	request->open.forward = config->forward;
	request->open.port_count = (uint8_t)config->port_count;
	memcpy(request->open.ports, config->ports, sizeof(config->ports));
	enforcer->made = true;
	ask(enforcer, BLOCK_OP_OPEN, -1);
}

/* With the whole list, or only whether anything happened. */
static void
ask_check(struct enforcer *enforcer, bool compare)
{
	struct err err;
	int fd = compare ? enforcer_list(enforcer, &err) : -1;

	enforcer->check_at = enforcer->blocks->now + CHECK_SECS * SECOND;
	if (compare && fd == -1) {
		enforcer_trouble(enforcer, &err);
		return;
	}
	if (compare) {
		enforcer->compare = false;
		enforcer->compare_at = enforcer->check_at;
	}
	enforcer->request.count = 0;
	ask(enforcer, BLOCK_OP_CHECK, fd);
}

static void
ask_write(struct enforcer *enforcer)
{
	struct err err;
	int fd = enforcer_list(enforcer, &err);

	enforcer->write_at =
	    enforcer->blocks->now + enforcer->backend->write_seconds * SECOND;
	if (fd == -1) {
		enforcer_trouble(enforcer, &err);
		return;
	}
	enforcer->changed = false;
	enforcer->sent_at = enforcer->blocks->now;
	enforcer->request.count = 0;
	ask(enforcer, BLOCK_OP_WRITE, fd);
}

static bool
compare_is_due(const struct enforcer *enforcer)
{
	return enforcer->backend->check != NULL && enforcer->compare &&
	       enforcer->blocks->now >= enforcer->compare_at;
}

/* What is open is told what changed, and asked how it is. */
static void
ask_open_backend(struct enforcer *enforcer)
{
	const struct block_backend *backend = enforcer->backend;
	int64_t now = enforcer->blocks->now;

	if (backend->write != NULL) {
		if (enforcer->changed && now >= enforcer->write_at)
			ask_write(enforcer);
		else if (now >= enforcer->check_at)
			ask_check(enforcer, false);
		return;
	}
	if (enforcer->skipped != 0 && now >= enforcer->retry_at &&
	    enforcer_idle(enforcer))
		enforcer_resend(enforcer);
	/* Where there was no room, elements that are not ours may be why. */
	if (!(compare_is_due(enforcer) && enforcer->in_trouble) &&
	    enforcer_gather(enforcer) != 0)
		ask(enforcer, BLOCK_OP_CHANGE, -1);
	else if (compare_is_due(enforcer))
		ask_check(enforcer, true);
	else if (backend->check != NULL && now >= enforcer->check_at)
		ask_check(enforcer, false);
}

void
enforcer_pump(struct enforcer *enforcer)
{
	if (enforcer->helper == NULL || !enforcer->born || enforcer->asked ||
	    enforcer->blocks->now < enforcer->try_at)
		return;
	if (blocks_mode(enforcer->blocks) == BLOCK_OBSERVE) {
		if (!enforcer->cleared) {
			enforcer->request.count = 0;
			ask(enforcer, BLOCK_OP_CLOSE, -1);
		}
		return;
	}
	if (ask_forget(enforcer) || ask_never(enforcer))
		return;
	if (!enforcer->open)
		ask_open(enforcer);
	else
		ask_open_backend(enforcer);
}

int
blocks_clear(const struct block_config *config, struct err *err)
{
	const struct block_backend *backend = block_backend(config->backend);

	return backend == NULL ? 0 : backend->close(config, err);
}

int
blocks_fd(const struct blocks *blocks)
{
	return blocks->enforcer == NULL || blocks->enforcer->helper == NULL
		   ? -1
		   : helper_fd(blocks->enforcer->helper);
}

void
blocks_ready(struct blocks *blocks, int64_t now)
{
	static struct block_answer answer;
	struct enforcer *enforcer = blocks->enforcer;
	uint32_t number;
	struct err err;
	int fd, rc;

	blocks->now = now;
	while (enforcer != NULL && enforcer->helper != NULL) {
		rc = helper_answer(
		    enforcer->helper, &answer, &fd, &number, &err);
		if (rc == 0)
			break;
		if (rc == -1) {
			ended(enforcer);
			break;
		}
		answer.err.text[sizeof(answer.err.text) - 1] = '\0';
		if (number == 0)
			enforcer_told(enforcer, &answer, fd);
		else if (enforcer->asked && number == enforcer->number)
			enforcer_answered(enforcer, &answer);
		if (fd != -1)
			close(fd);
	}
	if (enforcer != NULL)
		enforcer_pump(enforcer);
}

/* A change of mode, or of what the rules look like, is seen here. */
void
enforcer_tick(struct enforcer *enforcer)
{
	struct blocks *blocks = enforcer->blocks;
	int64_t passed = blocks->now - enforcer->looked_at;

	/* Time passes more often than that while a log is busy. */
	if (enforcer->own != NULL && (passed < 0 || passed >= SECOND / 2)) {
		enforcer->looked_at = blocks->now;
		if (own_refresh(enforcer->own, &blocks->exempt))
			blocks_lift(blocks);
	}
	enforcer_pump(enforcer);
}
