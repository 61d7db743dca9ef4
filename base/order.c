/* order.c - of many numbers, the one in a given place */
#include "base/order.h"

uint64_t
order_kth(uint64_t *a, size_t n, size_t k)
{
	size_t low = 0, high = n - 1;

	while (low < high) {
		uint64_t pivot = a[low + (high - low) / 2], swap;
		size_t i = low, j = high;

		for (;;) {
			while (a[i] < pivot)
				i++;
			while (a[j] > pivot)
				j--;
			if (i >= j)
				break;
			swap = a[i];
			a[i++] = a[j];
			a[j--] = swap;
		}
		if (k <= j)
			high = j;
		else
			low = j + 1;
	}
	return a[k];
}
