/*
 * backend_command.c - a firewall that one command adds to, and one removes from
 *
 * For firewalls without sets of their own, or of other systems.  What is added
 * stays until it is removed: when its time is over, and when the agent ends,
 * however it does.  What a helper that was killed left is removed once before
 * it is added again, or when its time is over.
 */
#include "blocks/backend.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/table.h"
#include "blocks/command_line.h"
#include "blocks/sockets.h"

#define PAUSE_MSECS 10 /* between two commands: at most 100 a second */

extern const struct block_backend backend_command;

struct added {
	struct table_row row;
	struct block_element element;
	bool sure; /* the command that adds it has ended well */
};

static const struct block_config *config;
static struct table there;
static bool opened;

static bool
is_added(const void *row, const void *key)
{
	return wire_order(&((const struct added *)row)->element, key) == 0;
}

static uint64_t
hash_of(const struct block_element *element)
{
	struct prefix prefix;

	(void)wire_prefix(element, &prefix);
	return addr_hash(&prefix.addr) + prefix.bits;
}

static const char *
line_of(const struct block_element *element, bool remove)
{
	const char *line = remove ? config->remove : config->add;
	const char *line6 = remove ? config->remove6 : config->add6;

	return element->family == 6 && line6 != NULL ? line6 : line;
}

static int
run(const struct block_element *element, bool remove, struct err *err)
{
	static struct command_line command;
	const struct timespec pause = { 0, PAUSE_MSECS * 1000000L };

	if (command_line_make(
		&command, line_of(element, remove), element, err) == -1)
		return -1;
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	return config->run(command.words, -1, NULL, err);
}

/* Of what may not be there, that it is not is no failure. */
static int
take_away(
    const struct block_element *element, struct added *added, struct err *err)
{
	int rc = run(element, true, err);

	if (added == NULL)
		return 0;
	if (rc == -1 && added->sure)
		return -1;
	table_remove(&there, added);
	return 0;
}

static int
change_one(const struct block_element *element, struct err *err)
{
	uint64_t hash = hash_of(element);
	struct added *added = table_find(&there, hash, is_added, element);

	if (element->remove)
		return take_away(element, added, err);
	if (added != NULL && added->sure &&
	    !command_line_timed(line_of(element, false)))
		return 0;
	if (take_away(element, added, err) == -1)
		return -1;
	added = table_add(&there, hash);
	if (added == NULL)
		return err_set(err, "command: too many are blocked");
	added->element = *element;
	if (run(element, false, err) == -1)
		return -1;
	added->sure = true;
	return 0;
}

static int
change_command(const struct block_element *elements, size_t n, struct err *err)
{
	if (!opened)
		return err_set(err, "command: not open");
	for (size_t i = 0; i < n; i++)
		if (change_one(&elements[i], err) == -1)
			return -1;
	sockets_end_added(config, elements, n);
	return 0;
}

/* What is there is known by what was added, for nobody can be asked. */
static int
open_command(const struct block_config *wanted, bool *found, struct err *err)
{
	(void)err;
	config = wanted;
	*found = true;
	if (!opened)
		table_init(&there, sizeof(struct added), 0);
	there.most = config->max_blocks + BLOCK_CHANGES;
	opened = true;
	return 0;
}

static int
close_command(const struct block_config *wanted, struct err *err)
{
	struct added *added, *next;
	struct err later;
	int rc = 0;

	config = wanted;
	if (!opened)
		return 0;
	TABLE_EACH (&there, added, next)
		if (take_away(&added->element, added, rc == 0 ? err : &later) ==
		    -1)
			rc = -1;
	table_fini(&there);
	opened = false;
	return rc;
}

static int
check_line(const char *name, const char *line, struct err *err)
{
	struct err why;

	if (line == NULL || command_line_check(line, &why) == 0)
		return 0;
	return err_set(err, "%s: %s", name, why.text);
}

static int
fits_command(const struct block_config *wanted, struct err *err)
{
	if (wanted->add == NULL || wanted->remove == NULL)
		return err_set(err, "the backend command needs add and remove: "
				    "the commands that block and unblock");
	if (check_line("add", wanted->add, err) == -1 ||
	    check_line("remove", wanted->remove, err) == -1 ||
	    check_line("add6", wanted->add6, err) == -1 ||
	    check_line("remove6", wanted->remove6, err) == -1)
		return -1;
	return (wanted->add6 == NULL) == (wanted->remove6 == NULL)
		   ? 0
		   : err_set(err, "add6 and remove6 belong together");
}

const struct block_backend backend_command = {
	.name = "command",
	.capabilities = UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1)
							   << CAP_NET_RAW,
	.root = true,
	.lasting = true,
	.fits = fits_command,
	.open = open_command,
	.change = change_command,
	.close = close_command,
};
