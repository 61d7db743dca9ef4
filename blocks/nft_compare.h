/*
 * nft_compare.h - what the kernel's sets hold, beside what they should
 *
 * Listing 100,000 elements takes a second and tens of megabytes, which is why
 * a process of its own does it and then ends.
 */
#ifndef BLOCKS_NFT_COMPARE_H
#define BLOCKS_NFT_COMPARE_H

#include "blocks/wire.h"

/*
 * In a child of the helper: tells the difference to the list (a file in
 * memory of struct block_element), and ends.
 */
int nft_compare_start(int list, struct err *);

/*
 * The elements in what libnftables lists of a set, as whatever it is that
 * prefixes have there; take is told each, with the seconds it has left (0: no
 * end) and the packets refused (-1: they are not counted).
 */
typedef void nft_element_fn(
    void *arg, const struct addr *addr, uint32_t seconds, int64_t packets);
void nft_parse_set(struct slice text, nft_element_fn *take, void *arg);

#endif
