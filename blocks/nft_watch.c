/* nft_watch.c - hears when somebody else changes our table */
#include "blocks/nft_watch.h"

#include <sys/prctl.h>

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <unistd.h>

#include "blocks/netlink.h"
#include "blocks/nft_text.h"

/* Every message's attribute 1 is the name of the table it is about. */
#define ATTRIBUTE_TABLE NFTA_TABLE_NAME

struct request {
	struct nlmsghdr head;
	struct nfgenmsg body;
	char attributes[64];
};

int
nft_watch_open(struct nft_watch *watch, struct err *err)
{
	memset(watch, 0, sizeof(*watch));
	watch->asking = -1;
	watch->notices =
	    netlink_open(NETLINK_NETFILTER, 1u << (NFNLGRP_NFTABLES - 1), err);
	if (watch->notices != -1)
		watch->asking = netlink_open(NETLINK_NETFILTER, 0, err);
	if (watch->asking == -1) {
		nft_watch_close(watch);
		return -1;
	}
	prctl(PR_GET_NAME, watch->self);
	return 0;
}

void
nft_watch_close(struct nft_watch *watch)
{
	if (watch->notices != -1)
		close(watch->notices);
	if (watch->asking != -1)
		close(watch->asking);
	watch->notices = watch->asking = -1;
}

static bool
find(const struct nlmsghdr *message, uint16_t type, struct netlink_attribute *a)
{
	struct netlink_attributes at;

	if (!netlink_attributes(message, sizeof(struct nfgenmsg), &at))
		return false;
	while (netlink_next(&at, a))
		if (a->type == type)
			return true;
	return false;
}

static bool
is_text(const struct netlink_attribute *a, const char *text)
{
	return a->bytes == strlen(text) + 1 &&
	       memcmp(a->data, text, a->bytes) == 0;
}

static bool
attribute_u32(const struct nlmsghdr *message, uint16_t type, uint32_t *value)
{
	struct netlink_attribute a;

	if (!find(message, type, &a) || a.bytes != sizeof(*value))
		return false;
	memcpy(value, a.data, sizeof(*value));
	*value = ntohl(*value);
	return true;
}

/* The end of a transaction. */
static void
take_generation(struct nft_watch *watch, const struct nlmsghdr *message)
{
	struct netlink_attribute name;
	bool own = find(message, NFTA_GEN_PROC_NAME, &name) &&
		   is_text(&name, watch->self);
	uint32_t generation;

	if (attribute_u32(message, NFTA_GEN_ID, &generation))
		watch->generation = generation;
	watch->wiped |= watch->pending_wiped && !own;
	watch->touched |= watch->pending_touched && !own;
	watch->pending_wiped = watch->pending_touched = false;
}

static void
take(void *arg, const struct nlmsghdr *message)
{
	struct nft_watch *watch = arg;
	struct netlink_attribute table;

	if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES)
		return;
	if (NFNL_MSG_TYPE(message->nlmsg_type) == NFT_MSG_NEWGEN) {
		take_generation(watch, message);
		return;
	}
	if (!find(message, ATTRIBUTE_TABLE, &table) ||
	    !is_text(&table, NFT_TABLE))
		return;
	switch (NFNL_MSG_TYPE(message->nlmsg_type)) {
	case NFT_MSG_DELTABLE:
	case NFT_MSG_DELSET:
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_DELRULE:
		watch->pending_wiped = true;
		break;
	default:
		watch->pending_touched = true;
	}
}

struct nft_heard
nft_watch_hear(struct nft_watch *watch)
{
	struct nft_heard heard;

	if (netlink_hear(watch->notices, take, watch) == -1) {
		watch->touched = true;
		watch->generation = 0; /* none is */
	}
	heard = (struct nft_heard){ watch->wiped, watch->touched };
	watch->wiped = watch->touched = false;
	return heard;
}

static void
begin(struct request *request, uint16_t type, uint8_t family)
{
	*request = (struct request){
		.head = { NLMSG_LENGTH(sizeof(request->body)),
		    (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), NLM_F_REQUEST,
		    0, 0 },
		.body = { family, NFNETLINK_V0, 0 },
	};
}

static void
put(struct request *request, uint16_t type, const void *data, uint16_t bytes)
{
	struct nlattr a = { (uint16_t)(NLA_HDRLEN + bytes), type };
	char *at = (char *)request + request->head.nlmsg_len;

	memcpy(at, &a, sizeof(a));
	memcpy(at + NLA_HDRLEN, data, bytes);
	request->head.nlmsg_len += NLA_ALIGN(a.nla_len);
}

static void
take_current(void *arg, const struct nlmsghdr *message)
{
	(void)attribute_u32(message, NFTA_GEN_ID, arg);
}

static uint32_t
current(struct nft_watch *watch)
{
	struct request request;
	uint32_t generation = 0;
	struct err err;

	begin(&request, NFT_MSG_GETGEN, NFPROTO_UNSPEC);
	if (netlink_ask(watch->asking, &request.head, take_current, &generation,
		&err) == -1)
		return 0;
	return generation;
}

bool
nft_watch_is_current(struct nft_watch *watch)
{
	uint32_t generation = current(watch);

	return generation != 0 && generation == watch->generation;
}

void
nft_watch_set_current(struct nft_watch *watch)
{
	watch->generation = current(watch);
}

bool
nft_watch_table(struct nft_watch *watch)
{
	struct request request;
	struct err err;

	begin(&request, NFT_MSG_GETTABLE, NFPROTO_INET);
	put(&request, NFTA_TABLE_NAME, NFT_TABLE, sizeof(NFT_TABLE));
	return netlink_ask(watch->asking, &request.head, NULL, NULL, &err) == 0;
}

static void
take_counter(void *arg, const struct nlmsghdr *message)
{
	struct netlink_attribute data, a;
	struct netlink_attributes at;
	uint64_t packets;

	if (!find(message, NFTA_OBJ_DATA, &data))
		return;
	at = netlink_within(&data);
	while (netlink_next(&at, &a)) {
		if (a.type != NFTA_COUNTER_PACKETS ||
		    a.bytes != sizeof(packets))
			continue;
		memcpy(&packets, a.data, sizeof(packets));
		*(int64_t *)arg = (int64_t)be64toh(packets);
	}
}

bool
nft_watch_refused(struct nft_watch *watch, uint64_t *packets)
{
	static const char name[] = "refused";
	uint32_t type = htonl(NFT_OBJECT_COUNTER);
	struct request request;
	int64_t found = -1;
	struct err err;

	begin(&request, NFT_MSG_GETOBJ, NFPROTO_INET);
	put(&request, NFTA_OBJ_TABLE, NFT_TABLE, sizeof(NFT_TABLE));
	put(&request, NFTA_OBJ_NAME, name, sizeof(name));
	put(&request, NFTA_OBJ_TYPE, &type, sizeof(type));
	if (netlink_ask(watch->asking, &request.head, take_counter, &found,
		&err) == -1 ||
	    found < 0)
		return false;
	*packets = (uint64_t)found;
	return true;
}
