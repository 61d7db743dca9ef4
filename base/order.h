/* order.h - of many numbers, the one in a given place */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* The k-th smallest of n (k from 0); the array is put in disorder. */
uint64_t order_kth(uint64_t *, size_t n, size_t k);

#endif
