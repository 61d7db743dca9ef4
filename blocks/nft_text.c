/* nft_text.c - the commands that libnftables is given */
#include "blocks/nft_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"

const struct nft_set nft_sets[NFT_SETS] = {
	{ "ipv4", "ipv4_addr", "ip saddr", 4, 32 },
	{ "ipv4_24", "ipv4_addr", "ip saddr & 255.255.255.0", 4, 24 },
	{ "ipv6", "ipv6_addr", "ip6 saddr", 6, 128 },
	{ "ipv6_64", "ipv6_addr", "ip6 saddr & ffff:ffff:ffff:ffff::", 6, 64 },
};

const struct nft_set *
nft_set_of(uint8_t family, uint8_t bits)
{
	for (size_t i = 0; i < NFT_SETS; i++)
		if (nft_sets[i].family == family && nft_sets[i].bits == bits)
			return &nft_sets[i];
	return NULL;
}

static void
print_ports(FILE *out, const struct block_config *config)
{
	fputs("tcp dport { ", out);
	for (size_t i = 0; i < config->port_count; i++)
		fprintf(out, "%s%u", i == 0 ? "" : ", ", config->ports[i]);
	fputs(" }", out);
}

static void
print_chain(FILE *out, const struct block_config *config, const char *hook)
{
	fprintf(out,
	    "add chain inet " NFT_TABLE " %s { type filter hook %s "
	    "priority -200; policy accept; }\n"
	    "flush chain inet " NFT_TABLE " %s\n",
	    hook, hook, hook);
	for (size_t i = 0; i < NFT_SETS && config->port_count != 0; i++) {
		fprintf(out, "add rule inet " NFT_TABLE " %s ", hook);
		print_ports(out, config);
		fprintf(out,
		    " %s @%s counter name refused reject with tcp reset\n",
		    nft_sets[i].match, nft_sets[i].name);
	}
}

char *
nft_make_text(const struct block_config *config, bool counted)
{
	/* What has timed out takes its room until it is swept up. */
	uint64_t size = (uint64_t)config->max_blocks + config->max_blocks / 4 +
			BLOCK_CHANGES;
	char *text;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (out == NULL)
		abort();
	fputs("add table inet " NFT_TABLE "\n"
	      "add counter inet " NFT_TABLE " refused\n",
	    out);
	for (size_t i = 0; i < NFT_SETS; i++)
		fprintf(out,
		    "add set inet " NFT_TABLE " %s { type %s; flags timeout; "
		    "size %" PRIu64 "; %s}\n",
		    nft_sets[i].name, nft_sets[i].type, size,
		    counted ? "counter; " : "");
	print_chain(out, config, "input");
	if (config->forward)
		print_chain(out, config, "forward");
	else /* a former run may have had it */
		fputs("add chain inet " NFT_TABLE " forward\n"
		      "flush chain inet " NFT_TABLE " forward\n"
		      "delete chain inet " NFT_TABLE " forward\n",
		    out);
	if (fclose(out) == EOF)
		abort();
	return text;
}

enum pass { PASS_ADD, PASS_DELETE, PASS_TIMED, PASSES };

static void
print_element(FILE *out, const struct block_element *element, bool timed)
{
	struct addr addr = { element->family, { 0 } };
	char text[ADDR_TEXT];

	memcpy(addr.b, element->b, sizeof(addr.b));
	addr_print(&addr, text);
	fputs(text, out);
	if (timed)
		fprintf(out, " timeout %" PRIu32 "s", element->seconds);
}

static void
print_pass(FILE *out, const struct nft_set *set, enum pass pass,
    const struct block_element *elements, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (elements[i].family != set->family ||
		    elements[i].bits != set->bits ||
		    (pass != PASS_DELETE && elements[i].remove) ||
		    (pass != PASS_TIMED && elements[i].again))
			continue;
		if (any)
			fputs(", ", out);
		else
			fprintf(out, "%s element inet " NFT_TABLE " %s { ",
			    pass == PASS_DELETE ? "delete" : "add", set->name);
		any = true;
		print_element(out, &elements[i], pass != PASS_DELETE);
	}
	if (any)
		fputs(" }\n", out);
}

char *
nft_change_text(const struct block_element *elements, size_t n)
{
	char *text;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (out == NULL)
		abort();
	for (size_t i = 0; i < NFT_SETS; i++)
		for (enum pass pass = 0; pass < PASSES; pass++)
			print_pass(out, &nft_sets[i], pass, elements, n);
	if (fclose(out) == EOF)
		abort();
	return text;
}
