/*
 * pcapfile.c - a finished capture, pcap or pcapng, compressed or not
 */
#include "collectors/wire/pcapfile.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "base/array.h"
#include "base/log.h"
#include "base/mem.h"
#include "collectors/wire/link.h"

#define BUFFER_BYTES (32u << 10) /* of stdio's */
#define RECORD_HEAD  16          /* of each packet, in a pcap file */

struct pcapfile {
	struct logfile *file;
	const char *name;
	pcap_t *pcap;
	enum link_type link;
	struct slice block; /* read, and not yet given to libpcap */
	uint64_t done;
	struct err failed; /* of the file below */
	bool has_failed;
};

/* pcap: its four byte orders and precisions, and pcapng's block type
   (pcap-savefile(5), draft-ietf-opsawg-pcapng, 4.1). */
bool
pcapfile_begins(struct slice bytes)
{
	static const unsigned char magics[][4] = { { 0xd4, 0xc3, 0xb2, 0xa1 },
		{ 0xa1, 0xb2, 0xc3, 0xd4 }, { 0x4d, 0x3c, 0xb2, 0xa1 },
		{ 0xa1, 0xb2, 0x3c, 0x4d }, { 0x0a, 0x0d, 0x0d, 0x0a } };

	for (size_t i = 0; bytes.n >= 4 && i < NELEMS(magics); i++)
		if (memcmp(bytes.p, magics[i], 4) == 0)
			return true;
	return false;
}

static ssize_t
give_bytes(void *cookie, char *buffer, size_t size)
{
	struct pcapfile *file = cookie;
	const char *block;
	ssize_t n;

	if (file->block.n == 0) {
		n = logfile_next(
		    file->file, LOGFILE_BLOCK, &block, &file->failed);
		if (n == -1) {
			file->has_failed = true;
			errno = EIO;
		}
		if (n <= 0)
			return n;
		file->block = (struct slice){ block, (size_t)n };
	}
	if (size > file->block.n)
		size = file->block.n;
	memcpy(buffer, file->block.p, size);
	file->block = slice_from(file->block, size);
	return (ssize_t)size;
}

/* A plain file libpcap reads itself; else it is unpacked for it. */
static FILE *
open_stream(struct pcapfile *file)
{
	static const cookie_io_functions_t reading = { .read = give_bytes };
	struct stat st;
	FILE *stream;
	int fd;

	if (!logfile_is_compressed(file->file) &&
	    fstat(logfile_fd(file->file), &st) == 0 && S_ISREG(st.st_mode)) {
		fd = fcntl(logfile_fd(file->file), F_DUPFD_CLOEXEC, 0);
		stream = fd == -1 ? NULL : fdopen(fd, "r");
		if (stream != NULL)
			rewind(stream); /* its first block was looked at */
	} else {
		stream = fopencookie(file, "r", reading);
	}
	if (stream != NULL)
		(void)setvbuf(stream, NULL, _IOFBF, BUFFER_BYTES);
	return stream;
}

struct pcapfile *
pcapfile_open(struct logfile *below, const char *name, struct err *err)
{
	struct pcapfile *file = mem_zero(1, sizeof(*file));
	char text[PCAP_ERRBUF_SIZE];
	FILE *stream;

	file->file = below;
	file->name = name;
	stream = open_stream(file);
	if (stream == NULL) {
		err_sys(err, "%s", name);
		goto fail;
	}
	file->pcap = pcap_fopen_offline(stream, text);
	if (file->pcap == NULL) {
		(void)fclose(stream);
		err_set(err, "%s: %s", name, text);
		goto fail;
	}
	file->link = link_of(pcap_datalink(file->pcap));
	if (file->link == LINK_TYPES) {
		err_set(err,
		    "%s: captured on a link of type %s; expected Ethernet, "
		    "Linux cooked, raw IP or loopback",
		    name, link_name(pcap_datalink(file->pcap)));
		goto fail;
	}
	return file;

fail:
	pcapfile_close(file);
	return NULL;
}

void
pcapfile_close(struct pcapfile *file)
{
	if (file == NULL)
		return;
	if (file->pcap != NULL)
		pcap_close(file->pcap); /* the stream too */
	free(file);
}

enum link_type
pcapfile_link(const struct pcapfile *file)
{
	return file->link;
}

/* Whoever wrote it was stopped in the middle of a packet. */
static bool
was_cut(const struct pcapfile *file)
{
	return !file->has_failed && file->done > 0 &&
	       strncmp(pcap_geterr(file->pcap), "truncated", 9) == 0;
}

int
pcapfile_next(struct pcapfile *file, struct frame *frame, struct err *err)
{
	struct pcap_pkthdr *head;
	const unsigned char *bytes;

	switch (pcap_next_ex(file->pcap, &head, &bytes)) {
	case 1:
		frame_from(frame, head, bytes);
		file->done += RECORD_HEAD + head->caplen;
		return 1;
	case PCAP_ERROR_BREAK: /* the end */
		if (!file->has_failed)
			return 0;
		/* FALLTHROUGH */
	default:
		if (was_cut(file)) {
			log_warn("%s: %s; what is before it counts", file->name,
			    pcap_geterr(file->pcap));
			return 0;
		}
		if (file->has_failed)
			*err = file->failed;
		else
			err_set(
			    err, "%s: %s", file->name, pcap_geterr(file->pcap));
		return -1;
	}
}

uint64_t
pcapfile_done(const struct pcapfile *file)
{
	return file->done;
}
