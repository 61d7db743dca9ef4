/*
 * capture.c - packets off an interface, by libpcap
 */
#include "collectors/wire/capture.h"

#include <stdio.h>
#include <stdlib.h>

#include <pcap/pcap.h>

#include "base/log.h"
#include "base/mem.h"
#include "collectors/wire/link.h"

#define SNAP_BYTES 262144 /* libpcap's most: the whole, offloaded or not */

struct capture {
	pcap_t *pcap;
	char *interface;
	int fd;
	uint64_t dropped;
	uint32_t dropped_before; /* pcap_stats() counts in 32 bits */
};

/* A turn: whom to give its packets. */
struct turn {
	void (*take)(void *arg, const struct frame *);
	void *arg;
};

void
capture_filter(
    const struct capture_config *config, bool tagged, char *text, size_t size)
{
	char ports[512] = ""; /* of WIRE_PORTS */
	char plain[704];
	size_t n = 0;

	for (size_t i = 0; i < config->port_count && n < sizeof(ports); i++)
		n += (size_t)snprintf(ports + n, sizeof(ports) - n, "%sport %u",
		    i > 0 ? " or " : "", config->ports[i]);
	/* A fragment behind the first; any one of IPv6. */
	snprintf(plain, sizeof(plain),
	    "(tcp and (%s)) or (ip[6:2] & 0x1fff != 0 and ip[9] = 6) or "
	    "(ip6[6] = 44)",
	    ports);
	if (tagged)
		snprintf(text, size, "%s or (vlan and (%s))", plain, plain);
	else
		snprintf(text, size, "%s", plain);
}

/* Not every link knows tags. */
static int
set_filter(struct capture *capture, const struct capture_config *config,
    struct err *err)
{
	struct bpf_program program;
	char text[1500];
	int rc;

	capture_filter(config, true, text, sizeof(text));
	rc = pcap_compile(
	    capture->pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN);
	if (rc == -1) {
		capture_filter(config, false, text, sizeof(text));
		rc = pcap_compile(
		    capture->pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN);
	}
	if (rc == 0) {
		rc = pcap_setfilter(capture->pcap, &program);
		pcap_freecode(&program);
	}
	return rc == -1 ? err_set(err, "filter \"%s\": %s", text,
			      pcap_geterr(capture->pcap))
			: 0;
}

static int
activate(struct capture *capture, const struct capture_config *config,
    struct err *err)
{
	const char *name = config->interface;
	int rc;

	pcap_set_snaplen(capture->pcap, SNAP_BYTES);
	pcap_set_buffer_size(capture->pcap, CAPTURE_RING_BYTES);
	pcap_set_timeout(capture->pcap, CAPTURE_WAKE_MSECS);
	pcap_set_promisc(capture->pcap, config->promiscuous);
	rc = pcap_activate(capture->pcap);
	switch (rc) {
	case PCAP_ERROR_PERM_DENIED:
		return err_set(err,
		    "%s: capture: not permitted; it takes CAP_NET_RAW: start "
		    "as root, or \"setcap cap_net_raw+ep\" the program",
		    name);
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return err_set(err,
		    "%s: capture: no such interface; expected one of this "
		    "host, or any",
		    name);
	case PCAP_ERROR_IFACE_NOT_UP:
		return err_set(err, "%s: capture: the interface is down", name);
	default:
		break;
	}
	if (rc < 0)
		return err_set(
		    err, "%s: capture: %s", name, pcap_geterr(capture->pcap));
	if (rc > 0) /* it runs, but not quite as asked */
		log_warn("%s: capture: %s", name, pcap_statustostr(rc));
	if (link_of(pcap_datalink(capture->pcap)) == LINK_TYPES)
		return err_set(err, "%s: capture: link of type %s", name,
		    link_name(pcap_datalink(capture->pcap)));
	return 0;
}

/* Cooked v2 tells the interface. */
static void
prefer_cooked_2(struct capture *capture)
{
	if (pcap_datalink(capture->pcap) == DLT_LINUX_SLL)
		(void)pcap_set_datalink(capture->pcap, DLT_LINUX_SLL2);
}

struct capture *
capture_open(const struct capture_config *config, struct err *err)
{
	struct capture *capture = mem_zero(1, sizeof(*capture));
	char text[PCAP_ERRBUF_SIZE];

	capture->interface = mem_text(config->interface);
	capture->fd = -1;
	capture->pcap = pcap_create(config->interface, text);
	if (capture->pcap == NULL) {
		err_set(err, "%s: capture: %s", config->interface, text);
		goto fail;
	}
	if (activate(capture, config, err) == -1)
		goto fail;
	prefer_cooked_2(capture);
	if (set_filter(capture, config, err) == -1)
		goto fail;
	if (pcap_setnonblock(capture->pcap, 1, text) == -1) {
		err_set(err, "%s: capture: %s", config->interface, text);
		goto fail;
	}
	capture->fd = pcap_get_selectable_fd(capture->pcap);
	if (capture->fd == -1) {
		err_set(
		    err, "%s: capture: cannot be polled", config->interface);
		goto fail;
	}
	return capture;

fail:
	capture_close(capture);
	return NULL;
}

void
capture_close(struct capture *capture)
{
	if (capture == NULL)
		return;
	if (capture->pcap != NULL)
		pcap_close(capture->pcap);
	free(capture->interface);
	free(capture);
}

int
capture_fd(const struct capture *capture)
{
	return capture->fd;
}

enum link_type
capture_link(const struct capture *capture)
{
	return link_of(pcap_datalink(capture->pcap));
}

static void
take_packet(unsigned char *arg, const struct pcap_pkthdr *head,
    const unsigned char *bytes)
{
	const struct turn *turn = (const struct turn *)(void *)arg;
	struct frame frame;

	frame_from(&frame, head, bytes);
	turn->take(turn->arg, &frame);
}

int
capture_read(struct capture *capture,
    void (*take)(void *arg, const struct frame *), void *arg, struct err *err)
{
	struct turn turn = { take, arg };
	int n = pcap_dispatch(capture->pcap, CAPTURE_TURN, take_packet,
	    (unsigned char *)(void *)&turn);

	if (n < 0)
		return err_set(err, "%s: capture: %s", capture->interface,
		    pcap_geterr(capture->pcap));
	return n;
}

uint64_t
capture_dropped(struct capture *capture)
{
	struct pcap_stat stat;

	if (pcap_stats(capture->pcap, &stat) == 0) {
		capture->dropped +=
		    (uint32_t)(stat.ps_drop - capture->dropped_before);
		capture->dropped_before = stat.ps_drop;
	}
	return capture->dropped;
}

const char *
capture_library(void)
{
	return pcap_lib_version();
}

int
capture_list(char *text, size_t size, struct err *err)
{
	char words[PCAP_ERRBUF_SIZE];
	pcap_if_t *all;
	size_t n = 0;

	text[0] = '\0';
	if (pcap_findalldevs(&all, words) == -1)
		return err_set(err, "interfaces: %s", words);
	for (const pcap_if_t *one = all; one != NULL && n < size;
	     one = one->next)
		if ((one->flags & PCAP_IF_UP) != 0)
			n += (size_t)snprintf(text + n, size - n, "%s%s",
			    n > 0 ? " " : "", one->name);
	pcap_freealldevs(all);
	return 0;
}
