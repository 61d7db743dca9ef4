/*
 * backend_nft.c - nftables, by libnftables (libnftables(3), nft(8))
 *
 * One table of ours with four hash sets, whose elements the kernel drops when
 * their time is over: a process that is killed leaves nobody blocked for
 * longer than was meant.
 */
#include <errno.h>
#include <linux/capability.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "blocks/backend.h"
#include "blocks/netlink.h"
#include "blocks/nft_compare.h"
#include "blocks/nft_text.h"
#include "blocks/nft_watch.h"
#include "blocks/sockets.h"

extern const struct block_backend backend_nft;

static struct {
	const struct block_config *config;
	struct nft_ctx *nft; /* NULL: not made */
	struct nft_watch watch;
	bool open;
	bool wiped, touched; /* not yet told */
	bool no_sockets;     /* that they cannot be ended was said */
	bool no_counts;      /* by element: this kernel has none */
} self = { .watch = { .notices = -1, .asking = -1 } };

/* Its first line is enough; the rest repeats the command. */
static int
run(const char *command, struct err *err)
{
	struct slice said, line;
	int rc;

	nft_ctx_buffer_error(self.nft);
	rc = nft_run_cmd_from_buffer(self.nft, command);
	if (rc != 0) {
		said = slice_of(nft_ctx_get_error_buffer(self.nft));
		line = said;
		(void)slice_cut(&said, SLICE("\n"), &line);
		(void)slice_skips(&line, "Error: ");
		err_set(err, "nftables: %.*s", (int)line.n, line.p);
	}
	nft_ctx_unbuffer_error(self.nft);
	return rc == 0 ? 0 : -1;
}

/* After each change of ours: what we made is no news. */
static void
hear(void)
{
	struct nft_heard heard = nft_watch_hear(&self.watch);

	self.wiped |= heard.wiped;
	self.touched |= heard.touched;
}

static void
tell(struct block_answer *answer)
{
	answer->wiped = self.wiped;
	/* All is sent again: there is nothing to compare. */
	answer->touched = self.touched && !self.wiped;
	self.wiped = self.touched = false;
}

/* A table of that name that is not as ours is made anew. */
static int
make_as(bool counted, struct err *err)
{
	char *text = nft_make_text(self.config, counted);
	int rc = run(text, err);

	if (rc == -1 && nft_watch_table(&self.watch)) {
		log_warn("%s; the table " NFT_TABLE " is made anew", err->text);
		rc = run("delete table inet " NFT_TABLE "\n", err);
		if (rc == 0)
			rc = run(text, err);
	}
	free(text);
	return rc;
}

static int
make(struct err *err)
{
	struct err why;
	int rc = make_as(!self.no_counts, err);

	/* An older kernel; it is the second answer that tells. */
	if (rc == -1 && !self.no_counts && make_as(false, &why) == 0) {
		log_warn("%s; packets are not counted by address", err->text);
		self.no_counts = true;
		rc = 0;
	}
	hear();
	return rc;
}

/* libnftables ends the process where there is no nfnetlink at all. */
static int
begin(struct err *err)
{
	int fd;

	if (self.nft != NULL)
		return 0;
	fd = netlink_open(NETLINK_NETFILTER, 0, err);
	if (fd == -1)
		return err_set(
		    err, "nftables: not in this kernel: %s", strerror(errno));
	close(fd);
	self.nft = nft_ctx_new(NFT_CTX_DEFAULT);
	return self.nft == NULL ? err_set(err, "nftables: cannot be used") : 0;
}

static void
end(void)
{
	nft_watch_close(&self.watch);
	if (self.nft != NULL)
		nft_ctx_free(self.nft);
	self.nft = NULL;
	self.open = self.wiped = self.touched = false;
}

static int
open_nft(const struct block_config *config, bool *found, struct err *err)
{
	self.config = config;
	if (begin(err) == -1)
		return -1;
	if (!self.open && nft_watch_open(&self.watch, err) == -1) {
		if (errno == EPERM)
			err_set(err,
			    "nftables: needs the right CAP_NET_ADMIN; start as "
			    "root, or set AmbientCapabilities=CAP_NET_ADMIN in "
			    "the unit");
		end();
		return -1;
	}
	self.open = true;
	*found = nft_watch_table(&self.watch);
	return make(err);
}

/* The server's connections are the lesser part: the elements are there. */
static void
end_sockets(const struct block_element *elements, size_t n)
{
	struct block_element *added = mem_zero(n, sizeof(*added));
	struct err err;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (!elements[i].remove)
			added[count++] = elements[i];
	if (count != 0 && sockets_end(self.config, added, count, &err) == -1 &&
	    !self.no_sockets) {
		log_warn("connections of blocked clients cannot be ended, and "
			 "end with their next packet: %s",
		    err.text);
		self.no_sockets = true;
	}
	free(added);
}

static int
change_nft(const struct block_element *elements, size_t n, struct err *err)
{
	char *text;
	int rc;

	if (!self.open)
		return err_set(err, "nftables: not open");
	text = nft_change_text(elements, n);
	rc = run(text, err);
	free(text);
	hear();
	/* Its time was over before it could be removed. */
	if (rc == -1 && n == 1 && elements[0].remove &&
	    strstr(err->text, strerror(ENOENT)) != NULL)
		rc = 0;
	if (rc == 0)
		end_sockets(elements, n);
	return rc;
}

static int
check_nft(int list, struct block_answer *answer, struct err *err)
{
	if (!self.open)
		return err_set(err, "nftables: not open");
	hear();
	/* Before the question: what is done meanwhile is heard of later. */
	self.touched |= !nft_watch_is_current(&self.watch);
	if (!nft_watch_table(&self.watch))
		self.wiped = true;
	if (self.wiped && make(err) == -1)
		return -1;
	tell(answer);
	(void)nft_watch_refused(&self.watch, &answer->refused);
	if (list == -1)
		return 0;
	nft_watch_set_current(&self.watch);
	return nft_compare_start(list, err);
}

static int
fd_nft(void)
{
	return self.watch.notices;
}

static void
stirred_nft(struct block_answer *answer)
{
	hear();
	if (self.wiped && make(&answer->err) == -1)
		answer->failed = true;
	tell(answer);
}

static int
close_nft(const struct block_config *config, struct err *err)
{
	int rc;

	(void)config;
	if (begin(err) == -1)
		return -1;
	rc = run("add table inet " NFT_TABLE "\n"
		 "delete table inet " NFT_TABLE "\n",
	    err);
	end();
	return rc;
}

const struct block_backend backend_nft = {
	.name = "nftables",
	.capabilities = UINT64_C(1) << CAP_NET_ADMIN,
	.open = open_nft,
	.change = change_nft,
	.check = check_nft,
	.fd = fd_nft,
	.stirred = stirred_nft,
	.close = close_nft,
};
