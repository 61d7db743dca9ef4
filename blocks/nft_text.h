/*
 * nft_text.h - the commands that libnftables is given (nft(8))
 *
 * Printed from numbers and binary addresses only: no text from outside is ever
 * part of a command.
 */
#ifndef BLOCKS_NFT_TEXT_H
#define BLOCKS_NFT_TEXT_H

#include "blocks/blocks.h"
#include "blocks/wire.h"

#define NFT_TABLE "mailweir" /* of the family inet */

struct nft_set {
	const char *name, *type, *match;
	uint8_t family, bits;
};

#define NFT_SETS 4
extern const struct nft_set nft_sets[NFT_SETS];

/* The set that such an element belongs to; NULL: there is none. */
const struct nft_set *nft_set_of(uint8_t family, uint8_t bits);

/*
 * To be freed.  The table and all in it; what is there already stays, with its
 * elements.  Counted: each element counts its packets, which takes Linux 5.7.
 */
char *nft_make_text(const struct block_config *, bool counted);
/*
 * One transaction: add, delete, add with a timeout, which also sets another
 * timeout on older kernels and does not fail for what is there.  What is to be
 * removed is only deleted, for to a full set nothing can be added, not even
 * what it has; that fails for what is not there.  No element comes twice.
 */
char *nft_change_text(const struct block_element *, size_t n);

#endif
