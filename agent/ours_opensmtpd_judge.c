/* ours_opensmtpd_judge.c - what a rule of smtpd.conf takes, and of whom */
#include "agent/ours_opensmtpd_rule.h"

#include "agent/ours_list.h"

struct slice
opensmtpd_first(struct slice operand)
{
	struct opensmtpd_word word = { 0 };

	(void)(opensmtpd_skips(&operand, "<") ||
	       opensmtpd_skips(&operand, "{"));
	(void)opensmtpd_word(&operand, &word);
	return word.text.n != 0 ? word.text : SLICE("any");
}

static void
no_list(struct opensmtpd *smtpd, bool of_domains, struct slice what,
    const char *why)
{
	ours_gap(smtpd->ours, of_domains, "%s: %.*s: %s", smtpd->path,
	    (int)(what.n < 200 ? what.n : 200), what.p, why);
}

/* "example.org", "*.example.org"; what is two names below is refused anyway. */
static void
take_domain(struct opensmtpd_list *list, struct slice name, struct slice value)
{
	struct ours *ours = list->smtpd->ours;
	char text[260];
	bool below;
	int n;

	(void)value;
	below = slice_begins(name, "*.");
	if (below)
		name = slice_from(name, 1);
	if (slice_find_char(name, '*') != -1 ||
	    slice_find_char(name, '?') != -1 ||
	    slice_find_char(name, '$') != -1) {
		if (!list->negated)
			no_list(list->smtpd, true, name, "a pattern");
		return;
	}
	n = snprintf(text, sizeof(text), "%s%.*s", list->negated ? "!" : "",
	    (int)(name.n < 256 ? name.n : 256), name.p);
	(void)ours_domain(
	    ours, (struct slice){ text, (size_t)n }, list->relayed);
}

/* "kim@example.org", "@example.org"; "kim" and "@" are in every domain. */
static void
take_recipient(
    struct opensmtpd_list *list, struct slice key, struct slice value)
{
	ptrdiff_t at = slice_find_last(key, SLICE("@"));

	if (at == -1 || (size_t)at + 1 == key.n)
		no_list(list->smtpd, true, key, "in every domain");
	else
		take_domain(list, slice_from(key, (size_t)at + 1), value);
}

static void
take_network(struct opensmtpd_list *list, struct slice key, struct slice value)
{
	struct slice item = key;
	struct prefix prefix;

	(void)value;
	if (slice_same_word(item, SLICE("local")))
		return;
	if (slice_begins(item, "ipv6:") || slice_begins(item, "IPv6:"))
		item = slice_from(item, 5);
	if (ours_prefix(item, &prefix))
		ours_listed(list->smtpd->ours, &list->smtpd->exceptions,
		    list->negated, &prefix);
	else if (!list->negated)
		no_list(list->smtpd, false, key, "a name or pattern");
}

/* "smtp+tls://label@mail.example.org:587": no mail exchangers are asked for. */
static void
take_host(struct opensmtpd_list *list, struct slice url, struct slice value)
{
	char text[OURS_HOST + 2];
	struct slice head;

	if (value.n != 0)
		url = value; /* of "relay domain <table>" */
	(void)slice_cut(&url, SLICE("://"), &head);
	(void)slice_cut(&url, SLICE("@"), &head);
	if (url.n == 0 || url.n >= OURS_HOST)
		return;
	if (url.p[0] != '[') {
		if (slice_cut(&url, SLICE(":"), &head))
			url = head;
		snprintf(text, sizeof(text), "[%.*s]", (int)url.n, url.p);
		url = slice_of(text);
	}
	ours_host(list->smtpd->ours, url);
}

static void
each(struct opensmtpd *smtpd, const struct opensmtpd_rule *rule,
    struct slice operand,
    void (*take)(struct opensmtpd_list *, struct slice, struct slice))
{
	struct opensmtpd_list list = { smtpd, take, take != take_network,
		rule->relays, rule->rejects };

	if (operand.n != 0)
		opensmtpd_each(&list, operand);
}

void
opensmtpd_hosts(struct opensmtpd *smtpd, struct slice operand)
{
	struct opensmtpd_list list = { .smtpd = smtpd, .take = take_host };

	opensmtpd_each(&list, operand);
}

/* Whose mail is taken from others. */
static void
add_domains(struct opensmtpd *smtpd, const struct opensmtpd_rule *rule)
{
	bool of_others = rule->from != FROM_HERE && !rule->authenticated;

	if (!of_others && rule->relays)
		return; /* on its way out */
	if (rule->to == TO_DOMAINS)
		each(smtpd, rule, rule->domains, take_domain);
	else if (rule->to == TO_SOME && of_others)
		no_list(smtpd, true, opensmtpd_first(rule->domains),
		    "a regular expression");
	else if (rule->to != TO_ANY || !of_others)
		return;
	else if (rule->recipients.n != 0)
		each(smtpd, rule, rule->recipients, take_recipient);
	else if (rule->virtual.n != 0)
		each(smtpd, rule, rule->virtual, take_recipient);
	else if (!rule->relays)
		no_list(smtpd, true, SLICE("match for any"),
		    "what is for any domain is delivered here");
}

/* Who may relay.  An open relay is no gap: it is to be seen as what it is. */
static void
add_clients(struct opensmtpd *smtpd, const struct opensmtpd_rule *rule)
{
	if (!rule->relays || rule->authenticated || rule->recipients.n != 0 ||
	    rule->to != TO_ANY)
		return;
	if (rule->from == FROM_HERE)
		smtpd->relays_here = true;
	else if (rule->from == FROM_SOURCE)
		each(smtpd, rule, rule->sources, take_network);
	else if (rule->from == FROM_SOME)
		no_list(smtpd, false, opensmtpd_first(rule->sources),
		    "no network, and may relay");
	else if (rule->from == FROM_ANY && rule->condition.n != 0)
		no_list(smtpd, false, rule->condition,
		    "who fits this may relay, wherever from");
}

/* Only what is refused to everybody, or in everything, is excepted. */
static void
except(struct opensmtpd *smtpd, const struct opensmtpd_rule *rule)
{
	if (rule->all_but_domains && rule->from != FROM_HERE)
		no_list(smtpd, true, SLICE("match !for ... reject"),
		    "is not followed");
	else if (rule->all_but_sources && rule->to == TO_ANY)
		no_list(smtpd, false, SLICE("match !from ... reject"),
		    "is not followed");
	else if (rule->all_but_sources)
		return;
	else if (rule->from == FROM_ANY && rule->to == TO_DOMAINS)
		each(smtpd, rule, rule->domains, take_domain);
	else if (rule->from == FROM_SOURCE && rule->to == TO_ANY)
		each(smtpd, rule, rule->sources, take_network);
}

static bool
is_conditional(const struct opensmtpd_rule *rule)
{
	return rule->condition.n != 0 || rule->authenticated ||
	       rule->recipients.n != 0;
}

/* After it no rule is asked, even if its delivery knows no such user. */
static bool
fits_all(const struct opensmtpd_rule *rule)
{
	return rule->from == FROM_ANY && rule->to == TO_ANY &&
	       !rule->all_but_sources && !rule->all_but_domains &&
	       !is_conditional(rule);
}

void
opensmtpd_judge(struct opensmtpd *smtpd, const struct opensmtpd_rule *rule)
{
	if (rule->from == FROM_NOBODY || rule->to == TO_NOTHING ||
	    (smtpd->ended && rule->from != FROM_HERE))
		return;
	if (rule->rejects) {
		if (!is_conditional(rule))
			except(smtpd, rule);
	} else if (rule->known) {
		add_domains(smtpd, rule);
		add_clients(smtpd, rule);
	} else {
		for (unsigned i = 0; i < 2; i++)
			no_list(smtpd, i == 0, SLICE("match"),
			    "its action is not there");
	}
	smtpd->ended |= fits_all(rule);
}
