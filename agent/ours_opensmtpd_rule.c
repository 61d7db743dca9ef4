/*
 * ours_opensmtpd_rule.c - reading a rule of smtpd.conf, of either grammar
 *
 * smtpd.conf(5); what it has of 6.4 on, and of 5.3 to 6.3.
 */
#include "agent/ours_opensmtpd_rule.h"

#include "base/array.h"

static bool
is_keyword(struct slice words)
{
	static const char *const keywords[] = { "action", "auth", "deliver",
		"for", "from", "helo", "mail-from", "rcpt-to", "recipient",
		"reject", "relay", "sender", "tag", "tagged", "tls", "!" };

	for (size_t i = 0; i < NELEMS(keywords); i++)
		if (opensmtpd_skips(&words, keywords[i]))
			return true;
	return words.n == 0;
}

/* "auth", "auth <users>", "auth regex kim": its operand may lack. */
static struct slice
may_have_operand(struct slice *rest, bool *is_regex)
{
	*is_regex = opensmtpd_skips(rest, "regex");
	if (is_keyword(*rest))
		return (struct slice){ 0 };
	return opensmtpd_operand(rest);
}

static void
take_sources(struct opensmtpd_rule *rule, struct slice *rest, bool negated)
{
	bool is_regex;

	rule->sources = may_have_operand(rest, &is_regex);
	rule->all_but_sources = negated && !is_regex;
	rule->from = is_regex ? FROM_SOME : negated ? FROM_ANY : FROM_SOURCE;
}

static void
take_from(struct opensmtpd_rule *rule, struct slice *rest, bool negated)
{
	bool is_regex;

	while (opensmtpd_skips(rest, "!"))
		negated = !negated;
	if (opensmtpd_skips(rest, "any") || opensmtpd_skips(rest, "all")) {
		rule->from = negated ? FROM_NOBODY : FROM_ANY;
	} else if (opensmtpd_skips(rest, "local") ||
		   opensmtpd_skips(rest, "socket")) {
		rule->from = negated ? FROM_ANY : FROM_HERE;
	} else if (opensmtpd_skips(rest, "auth")) {
		(void)may_have_operand(rest, &is_regex);
		rule->from = FROM_ANY;
		rule->authenticated = !negated;
	} else if (opensmtpd_skips(rest, "rdns") ||
		   opensmtpd_skips(rest, "mail-from")) {
		rule->sources = may_have_operand(rest, &is_regex);
		rule->from = FROM_SOME;
	} else {
		(void)(opensmtpd_skips(rest, "src") ||
		       opensmtpd_skips(rest, "source"));
		take_sources(rule, rest, negated);
	}
}

static void
take_recipients(struct opensmtpd_rule *rule, struct slice *rest, bool negated)
{
	bool is_regex;
	struct slice operand = may_have_operand(rest, &is_regex);

	if (is_regex || negated)
		rule->condition = SLICE("rcpt-to");
	else
		rule->recipients = operand;
}

static void
take_for(struct opensmtpd_rule *rule, struct slice *rest, bool negated)
{
	bool is_regex;

	while (opensmtpd_skips(rest, "!"))
		negated = !negated;
	if (opensmtpd_skips(rest, "any") || opensmtpd_skips(rest, "all")) {
		rule->to = negated ? TO_NOTHING : TO_ANY;
	} else if (opensmtpd_skips(rest, "local")) {
		rule->all_but_domains = negated;
		rule->to = negated ? TO_ANY : TO_HERE;
	} else if (opensmtpd_skips(rest, "rcpt-to")) {
		rule->to = TO_ANY;
		take_recipients(rule, rest, negated);
	} else {
		(void)opensmtpd_skips(rest, "domain");
		rule->domains = may_have_operand(rest, &is_regex);
		rule->all_but_domains = negated && !is_regex;
		rule->to = is_regex ? TO_SOME : negated ? TO_ANY : TO_DOMAINS;
	}
}

/* What it says of the tag of a listener: who has it has a password. */
static void
take_tag(const struct opensmtpd *smtpd, struct opensmtpd_rule *rule,
    struct slice *rest, bool negated)
{
	bool is_regex;
	struct slice operand = may_have_operand(rest, &is_regex);
	const struct opensmtpd_name *tag =
	    opensmtpd_find(smtpd, 'l', opensmtpd_first(operand));

	if (tag != NULL && tag->authenticated && !is_regex && !negated)
		rule->authenticated = true;
	else
		rule->condition = SLICE("tag");
}

/* True if it was a condition, of either grammar. */
static bool
take_condition(
    struct opensmtpd *smtpd, struct opensmtpd_rule *rule, struct slice *rest)
{
	static const char *const others[] = { "helo", "mail-from", "sender",
		"tls" };
	bool negated = opensmtpd_skips(rest, "!"), is_regex;

	if (opensmtpd_skips(rest, "from")) {
		take_from(rule, rest, negated);
	} else if (opensmtpd_skips(rest, "for")) {
		take_for(rule, rest, negated);
	} else if (opensmtpd_skips(rest, "auth")) {
		(void)may_have_operand(rest, &is_regex);
		rule->authenticated |= !negated;
	} else if (opensmtpd_skips(rest, "tag") ||
		   opensmtpd_skips(rest, "tagged")) {
		take_tag(smtpd, rule, rest, negated);
	} else if (opensmtpd_skips(rest, "rcpt-to") ||
		   opensmtpd_skips(rest, "recipient")) {
		take_recipients(rule, rest, negated);
	} else {
		for (size_t i = 0; i < NELEMS(others); i++)
			if (opensmtpd_skips(rest, others[i])) {
				rule->condition = slice_of(others[i]);
				(void)may_have_operand(rest, &is_regex);
				return true;
			}
		return negated;
	}
	return true;
}

/* "relay host smtp://mail.example.org", "mbox virtual <users>", and what
   stands behind "deliver to" or "relay via" until 6.3. */
static void
take_delivery(
    struct opensmtpd *smtpd, struct opensmtpd_rule *rule, struct slice words)
{
	struct opensmtpd_word word;

	rule->known = true;
	rule->relays = opensmtpd_skips(&words, "relay");
	while (words.n != 0)
		if (opensmtpd_skips(&words, "virtual"))
			rule->virtual = opensmtpd_operand(&words);
		else if (rule->relays && (opensmtpd_skips(&words, "host") ||
					     opensmtpd_skips(&words, "via") ||
					     opensmtpd_skips(&words, "domain")))
			opensmtpd_hosts(smtpd, opensmtpd_operand(&words));
		else if (!opensmtpd_word(&words, &word))
			break;
}

static void
take_action(
    struct opensmtpd *smtpd, struct opensmtpd_rule *rule, struct slice *rest)
{
	const struct opensmtpd_name *action;
	struct opensmtpd_word word;

	if (!opensmtpd_word(rest, &word))
		return;
	action = opensmtpd_find(smtpd, 'a', word.text);
	if (action != NULL)
		take_delivery(
		    smtpd, rule, (struct slice){ action->bytes, action->n });
}

void
opensmtpd_match(struct opensmtpd *smtpd, struct slice words)
{
	struct opensmtpd_rule rule = { 0 };
	struct opensmtpd_word word;

	while (words.n != 0)
		if (opensmtpd_skips(&words, "action"))
			take_action(smtpd, &rule, &words);
		else if (opensmtpd_skips(&words, "reject"))
			rule.rejects = true;
		else if (!take_condition(smtpd, &rule, &words) &&
			 !opensmtpd_word(&words, &word))
			break;
	opensmtpd_judge(smtpd, &rule);
}

/* "accept from any for domain D virtual <users> deliver to mbox" */
void
opensmtpd_accept(struct opensmtpd *smtpd, struct slice words, bool rejects)
{
	struct opensmtpd_rule rule = { .rejects = rejects };
	struct opensmtpd_word word;
	struct slice rest;

	while (words.n != 0) {
		rest = words;
		if (opensmtpd_skips(&rest, "relay")) {
			take_delivery(smtpd, &rule, words);
			break;
		}
		if (opensmtpd_skips(&words, "deliver"))
			rule.known = true;
		else if (opensmtpd_skips(&words, "virtual"))
			rule.virtual = opensmtpd_operand(&words);
		else if (!take_condition(smtpd, &rule, &words) &&
			 !opensmtpd_word(&words, &word))
			break;
	}
	opensmtpd_judge(smtpd, &rule);
}
