/*
 * ours_access.c - Sendmail's access map: whom and what it lets relay
 *
 * cf/README, "ANTI-SPAM CONFIGURATION CONTROL": keys are addresses by whole
 * parts, domains, or users, with or without "Connect:", "To:", "From:"; only
 * the value RELAY matters here.
 */
#include <limits.h>
#include <stdlib.h>

#include "agent/ours_files.h"
#include "agent/ours_sendmail.h"

void
sendmail_clients(struct sendmail *mail, struct slice name, const char *where)
{
	if (mail->named_clients || slice_begins(name, "localhost"))
		return;
	mail->named_clients = true;
	ours_gap(mail->ours, false, "%s: %.*s: clients of that name may relay",
	    where, (int)(name.n < 200 ? name.n : 200), name.p);
}

void
sendmail_relayed(struct sendmail *mail, struct slice name)
{
	char text[260];
	int n;

	(void)ours_domain(mail->ours, name, true);
	if (mail->hosts_only || name.n > 255)
		return;
	n = snprintf(text, sizeof(text), ".%.*s", (int)name.n, name.p);
	(void)ours_domain(mail->ours, (struct slice){ text, (size_t)n }, true);
}

/* Whole parts from the left: "192.0.2", "IPv6:2001:db8". */
bool
sendmail_network(struct slice text, struct prefix *prefix)
{
	char whole[ADDR_TEXT + 16];
	bool six = false;
	unsigned parts = 1, most;
	int n;

	if (text.n >= 5 &&
	    slice_same_word((struct slice){ text.p, 5 }, SLICE("ipv6:"))) {
		six = true;
		text = slice_from(text, 5);
	}
	if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		text = (struct slice){ text.p + 1, text.n - 2 };
	if (text.n == 0 || text.n >= ADDR_TEXT)
		return false;
	if (slice_find_char(text, '/') == -1 && prefix_parse(text, prefix))
		return true;
	if (text.p[text.n - 1] == (six ? ':' : '.'))
		text.n--;
	for (size_t i = 0; i < text.n; i++)
		parts += text.p[i] == (six ? ':' : '.');
	most = six ? 7 : 3;
	if (parts > most)
		return false;
	n = snprintf(whole, sizeof(whole), "%.*s%s", (int)text.n, text.p,
	    six          ? "::"
	    : parts == 1 ? ".0.0.0"
	    : parts == 2 ? ".0.0"
			 : ".0");
	if (!prefix_parse((struct slice){ whole, (size_t)n }, prefix))
		return false;
	prefix->bits = parts * (six ? 16 : 8);
	return true;
}

/* A row of the access map whose value is RELAY. */
static void
take_relay(struct sendmail *mail, struct slice key, const char *where)
{
	bool to = true, connect = true;
	struct prefix prefix;
	struct slice tag, rest = key;

	if (slice_cut(&rest, SLICE(":"), &tag) &&
	    !slice_same_word(tag, SLICE("ipv6"))) {
		to = slice_same_word(tag, SLICE("to"));
		connect = slice_same_word(tag, SLICE("connect"));
		key = rest;
	}
	if (sendmail_network(key, &prefix)) {
		if (connect)
			ours_network(mail->ours, &prefix);
		return;
	}
	if (to && slice_find_char(key, '@') != -1)
		ours_gap(mail->ours, true, "%s: %.*s: single addresses", where,
		    (int)(key.n < 200 ? key.n : 200), key.p);
	else if (to)
		sendmail_relayed(mail, key);
	if (connect)
		sendmail_clients(mail, key, where);
}

void
sendmail_access(struct sendmail *mail, struct slice path)
{
	char where[PATH_MAX];
	struct slice rest, key, value;
	struct err err;
	char *text;
	size_t n;

	if (slice_ends(path, SLICE(".db")))
		path.n -= 3;
	if (ours_file_at(mail->ours, path, &text, &n, &err) == -1) {
		ours_gap(mail->ours, true, "%s", err.text);
		ours_gap(mail->ours, false, "%s", err.text);
		return;
	}
	slice_copy(path, where, sizeof(where));
	ours_origin(mail->ours, "%s", where);
	rest = (struct slice){ text, n };
	while (ours_row(&rest, &key, &value))
		if (slice_same_word(value, SLICE("RELAY")))
			take_relay(mail, key, where);
	free(text);
}
