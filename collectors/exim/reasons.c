/*
 * reasons.c - why Exim refused, from its own words and from the site's
 *
 * The texts of an ACL are the site's own; those looked for are Exim's (verify
 * in acl.c and verify.c, "Unrouteable address" and so on), those of its default
 * configuration (src/configure.default), of Debian's, and words that sites use
 * for what they are.  What a client or another server said is none of them: it
 * stands in quotes, in an address, or behind "response to".
 */
#include "collectors/exim/refusal.h"

#include "base/array.h"

static const struct {
	struct slice words;
	enum reason reason;
} phrases[] = {
#define W(text, reason)                                                        \
	{                                                                      \
		{ text, sizeof(text) - 1 }, REASON_##reason                    \
	}
	/* lower case; the first one that is said decides */
	W("sender verify", UNKNOWN_SENDER),
	W("sender verification", UNKNOWN_SENDER),
	W("locally blacklisted", ACCESS_DENIED),
	W("local blacklist", ACCESS_DENIED),
	W("black list at", DNSBL),
	W("blacklisted at", DNSBL),
	W("blacklisted by", DNSBL),
	W("blacklisted in", DNSBL),
	W("blocklist", DNSBL),
	W("block list", DNSBL),
	W("listed at", DNSBL),
	W("listed in", DNSBL),
	W("listed by", DNSBL),
	W("listed on", DNSBL),
	W("dnsbl", DNSBL),
	W("rbl", DNSBL),
	W("spamhaus", DNSBL),
	W("spamcop", DNSBL),
	W("relay", RELAY_DENIED),
	W("relaying", RELAY_DENIED),
	W("unrouteable address", UNKNOWN_RECIPIENT),
	W("unroutable address", UNKNOWN_RECIPIENT),
	W("unknown user", UNKNOWN_RECIPIENT),
	W("user unknown", UNKNOWN_RECIPIENT),
	W("unknown local part", UNKNOWN_RECIPIENT),
	W("unknown recipient", UNKNOWN_RECIPIENT),
	W("no such user", UNKNOWN_RECIPIENT),
	W("no such recipient", UNKNOWN_RECIPIENT),
	W("no such address", UNKNOWN_RECIPIENT),
	W("no such person", UNKNOWN_RECIPIENT),
	W("no such mailbox", UNKNOWN_RECIPIENT),
	W("no mailbox", UNKNOWN_RECIPIENT),
	W("mailbox unknown", UNKNOWN_RECIPIENT),
	W("does not exist", UNKNOWN_RECIPIENT),
	W("account closed", UNKNOWN_RECIPIENT),
	W("account disabled", UNKNOWN_RECIPIENT),
	W("no longer", UNKNOWN_RECIPIENT),
	W("left the company", UNKNOWN_RECIPIENT),
	W("callout verification", UNKNOWN_RECIPIENT),
	W("greylist", GREYLISTED),
	W("greylisted", GREYLISTED),
	W("greylisting", GREYLISTED),
	W("graylisted", GREYLISTED),
	W("rate", RATE_LIMITED),
	W("ratelimit", RATE_LIMITED),
	W("too many recipients", TOO_MANY_RECIPIENTS),
	W("too many", RATE_LIMITED),
	W("too large", TOO_LARGE),
	W("too big", TOO_LARGE),
	W("authentication", AUTH_REQUIRED),
	W("authenticate", AUTH_REQUIRED),
	W("encryption", AUTH_REQUIRED),
	W("virus", VIRUS),
	W("malware", VIRUS),
	W("infected", VIRUS),
	W("spam", SPAM),
	W("spamassassin", SPAM),
	W("attachment", ATTACHMENT),
	W("attachments", ATTACHMENT),
	W("reverse dns", NO_REVERSE_DNS),
	W("rdns", NO_REVERSE_DNS),
	W("ptr", NO_REVERSE_DNS),
	W("host lookup failed", NO_REVERSE_DNS),
	W("helo", BAD_HELO),
	W("ehlo", BAD_HELO),
	W("restricted characters", PROTOCOL),
	W("unqualified address", CONTENT),
	W("header syntax", CONTENT),
	W("header", CONTENT),
	W("headers", CONTENT),
	W("local host", UNAVAILABLE),
	W("host lookup did not complete", UNAVAILABLE),
	W("local problem", UNAVAILABLE),
	W("internal problem", UNAVAILABLE),
	W("unexpected failure", UNAVAILABLE),
	W("cannot be verified at this time", UNAVAILABLE),
	W("could not complete", UNAVAILABLE),
	W("quota", UNAVAILABLE),
	W("mailbox disabled", ACCESS_DENIED),
	W("mailbox temporarily disabled", ACCESS_DENIED),
	W("banned", ACCESS_DENIED),
	W("access denied", ACCESS_DENIED),
	W("blacklisted", ACCESS_DENIED),
#undef W
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

#define WORDS 40 /* are looked at; the first of a text say it */

/* An address, a host or a file: what others call themselves. */
static bool
is_name(struct slice word)
{
	if (slice_find_char(word, '@') != -1)
		return true;
	for (size_t i = 0; i + 1 < word.n; i++)
		if (word.p[i] == '.' && is_letter(word.p[i + 1]))
			return true;
	return false;
}

/* Where words begin that are ours: of no name, and not in quotes. */
static size_t
find_words(struct slice text, struct slice words[WORDS])
{
	struct slice rest = text, word;
	size_t n = 0;

	while (rest.n > 0 && n < WORDS) {
		const char *begin = rest.p;
		size_t left = rest.n;

		word = exim_cut_word(&rest);
		(void)slice_skips(&rest, " ");
		if (word.n == 0 || word.p[0] == '<' || word.p[0] == '"' ||
		    is_name(word))
			continue;
		while (word.n > 0 && !is_letter(word.p[0]))
			word = slice_from(word, 1);
		left -= (size_t)(word.p - begin);
		words[n++] = (struct slice){ word.p, left };
	}
	return n;
}

static bool
is_here(struct slice text, struct slice phrase)
{
	return text.n >= phrase.n && (text.p[0] | 0x20) == phrase.p[0] &&
	       slice_same_word((struct slice){ text.p, phrase.n }, phrase) &&
	       (text.n == phrase.n || !is_letter(text.p[phrase.n]));
}

/* The data name no recipient, nor does what comes before them; the words then
   may be of a file or header.  At MAIL they may ask for what is to come. */
static bool
fits(enum exim_stage stage, enum reason reason)
{
	switch (stage) {
	case STAGE_CONNECT:
	case STAGE_HELO:
	case STAGE_DATA:
	case STAGE_MIME:
		return reason != REASON_RELAY_DENIED &&
		       reason != REASON_UNKNOWN_RECIPIENT;
	default:
		return true;
	}
}

/* Who is unknown at MAIL is the sender. */
static enum reason
as_said(enum exim_stage stage, enum reason reason)
{
	return stage == STAGE_MAIL && reason == REASON_UNKNOWN_RECIPIENT
		   ? REASON_UNKNOWN_SENDER
		   : reason;
}

/* What stands before another server's words; false: there are none. */
static bool
cut_own(struct slice words, struct slice *own)
{
	static const struct slice marks[] = {
		{ "response to ", 12 },
		{ "SMTP error from remote mail server after ", 41 },
	};

	for (size_t i = 0; i < NELEMS(marks); i++) {
		struct slice rest = words;

		if (slice_cut(&rest, marks[i], own))
			return true;
	}
	*own = words;
	return false;
}

enum reason
exim_reason(enum exim_stage stage, struct slice words)
{
	struct slice own, words_of[WORDS];
	bool quotes = cut_own(words, &own);
	size_t n = find_words(own, words_of);

	if (quotes && n == 0 && stage == STAGE_RCPT)
		stage = STAGE_CALLOUT;
	for (size_t i = 0; i < NELEMS(phrases); i++)
		for (size_t k = 0; k < n; k++)
			if (is_here(words_of[k], phrases[i].words) &&
			    fits(stage, phrases[i].reason))
				return as_said(stage, phrases[i].reason);
	switch (stage) {
	case STAGE_CONNECT:
	case STAGE_MAIL:
		return REASON_ACCESS_DENIED;
	case STAGE_HELO:
		return REASON_BAD_HELO;
	case STAGE_MIME:
		return REASON_CONTENT;
	case STAGE_CALLOUT:
		return REASON_UNKNOWN_RECIPIENT;
	default:
		return REASON_POLICY;
	}
}
