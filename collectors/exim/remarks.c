/*
 * remarks.c - lines of Exim's that are understood and change no count
 *
 * As log_write() has them in 4.80 to 4.98: those of a message behind its id,
 * those of a process, and those that may be either.
 */
#include "collectors/exim/exim.h"

#include "base/array.h"

#define T(text)                                                                \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static const struct slice of_message[] = {
	T("Message is frozen"),
	T("Frozen"),
	T("Unfrozen"),
	T("unfrozen by "),
	T("removed by "),
	T("cancelled by "),
	T("Message removed because older than "),
	T("Delivery deferred by system filter"),
	T("original recipients "),
	T("recipient <"),
	T("address <"),
	T("sender address changed"),
	T("marked \"all delivered\""),
	T("moved from "),
	T("Spool "),
	T("Format error in spool file "),
	T("Error reading spool file "),
	T("Process failed ("),
	T("SMTP error from "),
	T("SMTP timeout "),
	T("SMTP connection outbound "),
	T("SMTP connection from "),
	T("Remote host "),
	T("Connection "),
	T("user "),
	T("errno="),
	T("Delivery status "),
	T("delivery "),
	T("queued "),
	T("retry "),
	T("routing "),
	T("verify "),
	T("sender verify "),
	T("save "),
	T("pipe "),
	T("string_sprintf"),
	T("post-process one "),
	T("remote delivery process "),
	T("appendfile: "),
	T("temporarily "),
	T("-> "),
};

static const struct slice of_process[] = {
	T("Start queue run: "),
	T("Start '"),
	T("End queue run: "),
	T("End '"),
	T("Abandon queue run: "),
	T("cwd="),
	T("ETRN "),
	T("ident connection to "),
	T("pid "),
	T("daemon"),
	T("debugging Exim "),
	T("listen backlog "),
	T("notify triggered queue run"),
	T("socket bind() to "),
	T("Setting IPV6_V6ONLY "),
	T("setsockopt("),
	T("getsockopt() "),
	T("getsockname() "),
	T("setgroups: "),
	T("IPv4 socket "),
	T("IPv6 socket "),
	T("spool directory space check failed: "),
	T("log directory space check failed: "),
	T("timed out while reading local message"),
	T("SIGTERM received while reading local message"),
	T("SIGINT received while reading local message"),
	T("local_scan() function "),
	T("invalid return "),
	T("host name alias list truncated"),
	T("ignoring AUTH="),
	T("2 select() failure"),
	T("1 select() failure"),
};

static const struct slice of_either[] = {
	T("no host name found for "),
	T("no IP address found for "),
	T("no immediate delivery: "),
	T("lowest numbered MX record points to local host: "),
	T("remote host address is the local host: "),
	T("all relevant MX records point to non-existent hosts"),
	T("list matching forced to fail: "),
	T("log string overflowed"),
	T("error ignored"),
	T("Message abandoned: "),
	T("no recipients found in headers"),
	T("rewrite: "),
	T("Warning: "),
	T("ACL "),
	T("ARC: "),
	T("ATRN"),
	T("DANE "),
	T("DCC: "),
	T("DKIM: "),
	T("DMARC"),
	T("OCSP "),
	T("PDKIM: "),
	T("Received TLS cert"),
	T("Required TLS certificate status "),
	T("SPF"),
	T("SSL"),
	T("Server certificate "),
	T("TLS "),
	T("CNAME loop for "),
	T("Long "),
	T("dnssec fail on "),
	T("Failed to "),
	T("failed to "),
	T("unable to "),
	T("internal problem in "),
	T("internal scanner error "),
	T("malware acl condition: "),
	T("spam acl condition: "),
	T("smtp transport process "),
	T("redirection process "),
	T("Tainted "),
	T("attempt to use tainted "),
};

#undef T

static bool
is_among(struct slice text, const struct slice rows[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_starts(text, rows[i]))
			return true;
	return false;
}

/* ""kim@example.org" from env-from rewritten as "ann@example.com" by rule 1" */
static bool
is_rewritten(struct slice text)
{
	(void)exim_cut_word(&text);
	return slice_begins(text, " from ") &&
	       slice_find(text, SLICE(" rewritten as \"")) != -1;
}

/* "[192.0.2.1] SSL verify error: ...", "[192.0.2.1] after QUIT, ..." */
static bool
is_of_channel(struct slice text)
{
	struct exim_peer peer;

	return exim_cut_peer(&text, &peer) &&
	       (slice_begins(text, " SSL verify ") ||
		   slice_begins(text, " certificate verify ") ||
		   slice_begins(text, " after QUIT, "));
}

/* "<ann@example.com>: address_pipe transport output: ..." */
static bool
is_output(struct slice text)
{
	struct slice address;

	return exim_cut_angle(&text, &address) && slice_begins(text, ": ");
}

/* "aliases router: skipped error: ...", "smtp transport process vanished ...",
   "PLAIN authenticator failed H=host [...] 535 ...": the name is the site's. */
static bool
is_of_driver(struct slice text)
{
	static const struct slice words[] = {
		{ " router: ", 9 },
		{ " router failed to expand ", 25 },
		{ " transport process ", 19 },
		{ " authenticator failed H=", 24 },
		{ " authenticator cancelled ", 25 },
	};

	(void)exim_cut_word(&text);
	return is_among(text, words, NELEMS(words));
}

bool
exim_is_remark(const struct entry *entry)
{
	struct slice text = entry->text;
	bool of_its_kind;

	if (text.n == 0)
		return false;
	if (entry->id.n != 0)
		of_its_kind = is_among(text, of_message, NELEMS(of_message));
	else
		of_its_kind = is_among(text, of_process, NELEMS(of_process));
	if (of_its_kind || is_among(text, of_either, NELEMS(of_either)))
		return true;
	switch (text.p[0]) {
	case '"':
		return is_rewritten(text);
	case '[':
		return is_of_channel(text);
	case '<':
		return is_output(text);
	default:
		return is_of_driver(text) ||
		       slice_ends(text, SLICE(": error ignored"));
	}
}
