/*
 * captures.h - a capture in memory: looked at, mutated, written again
 */
#ifndef TESTS_CAPTURES_H
#define TESTS_CAPTURES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

struct captured {
	struct pcap_pkthdr head;
	unsigned char *bytes;
	double order;
};

struct capture_file {
	int link;
	size_t n, room;
	struct captured *packets;
	uint32_t seed;
	uint16_t fragment_id;
};

static inline uint32_t
capture_random(struct capture_file *file, uint32_t below)
{
	file->seed = file->seed * 1664525u + 1013904223u;
	return (file->seed >> 8) % below;
}

static inline void
capture_push(struct capture_file *file, const struct pcap_pkthdr *head,
    const unsigned char *bytes)
{
	struct captured *packet;

	if (file->n == file->room) {
		file->room = file->room ? file->room * 2 : 1024;
		file->packets =
		    realloc(file->packets, file->room * sizeof(*file->packets));
		assert_non_null(file->packets);
	}
	packet = &file->packets[file->n++];
	packet->head = *head;
	packet->bytes = malloc(head->caplen ? head->caplen : 1);
	assert_non_null(packet->bytes);
	memcpy(packet->bytes, bytes, head->caplen);
}

static inline void
capture_drop(struct capture_file *file)
{
	for (size_t i = 0; i < file->n; i++)
		free(file->packets[i].bytes);
	free(file->packets);
	*file = (struct capture_file){ 0 };
}

/* `command' writes it to its standard output. */
static inline void
capture_load(struct capture_file *file, const char *command)
{
	char text[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head;
	const unsigned char *bytes;
	FILE *in = popen(command, "r");
	pcap_t *pcap;

	*file = (struct capture_file){ .seed = 1 };
	assert_non_null(in);
	pcap = pcap_fopen_offline(in, text);
	assert_non_null(pcap);
	file->link = pcap_datalink(pcap);
	while (pcap_next_ex(pcap, &head, &bytes) == 1)
		capture_push(file, head, bytes);
	pcap_close(pcap);
}

static inline void
capture_save(const struct capture_file *file, const char *path)
{
	pcap_t *pcap = pcap_open_dead(file->link, 262144);
	pcap_dumper_t *out;

	assert_non_null(pcap);
	out = pcap_dump_open(pcap, path);
	assert_non_null(out);
	for (size_t i = 0; i < file->n; i++)
		pcap_dump((unsigned char *)out, &file->packets[i].head,
		    file->packets[i].bytes);
	pcap_dump_close(out);
	pcap_close(pcap);
}

static inline void
capture_word(FILE *out, uint32_t word)
{
	fwrite(&word, sizeof(word), 1, out);
}

/* As pcapng: a section, an interface, enhanced packet blocks
   (draft-ietf-opsawg-pcapng, 4). */
static inline void
capture_save_ng(const struct capture_file *file, const char *path)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	for (size_t i = 0; i < 7; i++)
		capture_word(out, (uint32_t[]){ 0x0a0d0d0a, 28, 0x1a2b3c4d, 1,
				      0xffffffff, 0xffffffff, 28 }[i]);
	for (size_t i = 0; i < 5; i++)
		capture_word(out,
		    (uint32_t[]){ 1, 20, (uint32_t)file->link, 262144, 20 }[i]);
	for (size_t i = 0; i < file->n; i++) {
		const struct pcap_pkthdr *head = &file->packets[i].head;
		uint32_t padded = (head->caplen + 3) & ~3u, none = 0;
		uint64_t micros = (uint64_t)head->ts.tv_sec * 1000000 +
				  (uint64_t)head->ts.tv_usec;

		capture_word(out, 6);
		capture_word(out, 32 + padded);
		capture_word(out, 0);
		capture_word(out, (uint32_t)(micros >> 32));
		capture_word(out, (uint32_t)micros);
		capture_word(out, head->caplen);
		capture_word(out, head->len);
		fwrite(file->packets[i].bytes, head->caplen, 1, out);
		fwrite(&none, padded - head->caplen, 1, out);
		capture_word(out, 32 + padded);
	}
	assert_int_equal(fclose(out), 0);
}

/* No more than so many bytes of each. */
static inline void
capture_shorten(
    const struct capture_file *from, struct capture_file *to, uint32_t most)
{
	for (size_t i = 0; i < from->n; i++) {
		struct pcap_pkthdr head = from->packets[i].head;

		head.caplen = head.caplen < most ? head.caplen : most;
		capture_push(to, &head, from->packets[i].bytes);
	}
}

/* Twice or three times each. */
static inline void
capture_duplicate(const struct capture_file *from, struct capture_file *to)
{
	for (size_t i = 0; i < from->n; i++)
		for (uint32_t k = 2 + capture_random(to, 2); k > 0; k--)
			capture_push(
			    to, &from->packets[i].head, from->packets[i].bytes);
}

static inline int
capture_compare(const void *a, const void *b)
{
	double x = ((const struct captured *)a)->order;
	double y = ((const struct captured *)b)->order;

	return (x > y) - (x < y);
}

/* None is more than `within' places from where it was. */
static inline void
capture_reorder(
    const struct capture_file *from, struct capture_file *to, uint32_t within)
{
	for (size_t i = 0; i < from->n; i++) {
		capture_push(
		    to, &from->packets[i].head, from->packets[i].bytes);
		to->packets[i].order =
		    (double)i + capture_random(to, within * 1000) / 1000.0;
	}
	qsort(to->packets, to->n, sizeof(*to->packets), capture_compare);
}

static inline void
capture_lose(
    const struct capture_file *from, struct capture_file *to, uint32_t one_of)
{
	for (size_t i = 0; i < from->n; i++)
		if (capture_random(to, one_of) != 0)
			capture_push(
			    to, &from->packets[i].head, from->packets[i].bytes);
}

static inline void
capture_put_part(struct capture_file *to, const struct captured *packet,
    const unsigned char *head, size_t head_n, const unsigned char *data,
    size_t n)
{
	struct pcap_pkthdr part = packet->head;
	unsigned char *bytes = malloc(head_n + n);

	assert_non_null(bytes);
	memcpy(bytes, head, head_n);
	memcpy(bytes + head_n, data, n);
	part.caplen = part.len = (uint32_t)(head_n + n);
	capture_push(to, &part, bytes);
	free(bytes);
}

/* An Ethernet frame's IPv4 packet, in parts of so many bytes. */
static inline void
capture_cut_ipv4(
    struct capture_file *to, const struct captured *packet, size_t size)
{
	const unsigned char *p = packet->bytes;
	size_t header = 14 + (p[14] & 15) * 4u;
	size_t total = 14 + ((size_t)p[16] << 8 | p[17]), n;
	unsigned char head[14 + 60];

	to->fragment_id++;
	for (size_t at = header; at < total; at += size) {
		uint16_t field = (uint16_t)((at - header) / 8);

		n = total - at < size ? total - at : size;
		if (at + n < total)
			field |= 0x2000;
		memcpy(head, p, header);
		head[16] = (unsigned char)((header - 14 + n) >> 8);
		head[17] = (unsigned char)(header - 14 + n);
		head[18] = (unsigned char)(to->fragment_id >> 8);
		head[19] = (unsigned char)to->fragment_id;
		head[20] = (unsigned char)(field >> 8);
		head[21] = (unsigned char)field;
		capture_put_part(to, packet, head, header, p + at, n);
	}
}

static inline void
capture_cut_ipv6(
    struct capture_file *to, const struct captured *packet, size_t size)
{
	const unsigned char *p = packet->bytes;
	size_t total = 54 + ((size_t)p[18] << 8 | p[19]), n;
	unsigned char head[62];

	to->fragment_id++;
	for (size_t at = 54; at < total; at += size) {
		n = total - at < size ? total - at : size;
		memcpy(head, p, 54);
		head[18] = (unsigned char)((8 + n) >> 8);
		head[19] = (unsigned char)(8 + n);
		head[20] = 44;
		head[54] = p[20];
		head[55] = 0;
		head[56] = (unsigned char)((at - 54) >> 8);
		head[57] = (unsigned char)((at - 54) | (at + n < total));
		head[58] = head[59] = 0;
		head[60] = (unsigned char)(to->fragment_id >> 8);
		head[61] = (unsigned char)to->fragment_id;
		capture_put_part(to, packet, head, sizeof(head), p + at, n);
	}
}

static inline void
capture_fragment(const struct capture_file *from, struct capture_file *to)
{
	static const size_t sizes[] = { 24, 160, 480, 1440 };

	for (size_t i = 0; i < from->n; i++) {
		const struct captured *packet = &from->packets[i];
		size_t size = sizes[capture_random(to, 4)];

		if (packet->bytes[12] == 8)
			capture_cut_ipv4(to, packet, size);
		else if (packet->bytes[12] == 0x86)
			capture_cut_ipv6(to, packet, size);
		else
			capture_push(to, &packet->head, packet->bytes);
	}
}

#endif
