/*
 * nft_watch.h - hears when somebody else changes our table
 *
 * By nfnetlink (linux/netfilter/nf_tables.h): each transaction is told to the
 * group NFNLGRP_NFTABLES as messages of what it changed and, at its end, one
 * of the new generation with the name of the process that made it.  A
 * generation that was heard of in full needs no comparison.  Listening needs
 * CAP_NET_ADMIN.
 */
#ifndef BLOCKS_NFT_WATCH_H
#define BLOCKS_NFT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct nft_watch {
	int notices, asking;
	char self[16];       /* our process's name */
	uint32_t generation; /* the last one heard of in full */
	bool wiped; /* pending and since the last call of nft_watch_hear() */
	bool touched;
	bool pending_wiped, pending_touched; /* in the transaction at hand */
};

struct nft_heard {
	bool wiped;   /* the table, a set, a chain or a rule is gone */
	bool touched; /* elements were changed, or notices were lost */
};

int nft_watch_open(struct nft_watch *, struct err *);
void nft_watch_close(struct nft_watch *);

/* What others did since the last call. */
struct nft_heard nft_watch_hear(struct nft_watch *);
/* Is the kernel's generation the last one that was heard of? */
bool nft_watch_is_current(struct nft_watch *);

/* It is now, as all is being compared. */
void nft_watch_set_current(struct nft_watch *);

/* Is our table there? */
bool nft_watch_table(struct nft_watch *);
/* Packets that it refused; false: unknown. */
bool nft_watch_refused(struct nft_watch *, uint64_t *packets);

#endif
