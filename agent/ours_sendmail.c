/*
 * ours_sendmail.c - Sendmail: the classes of sendmail.cf, and its access map
 *
 * cf/README and op.me: class w holds the names of this host, class R what may
 * be relayed to and from, {VirtHost} the virtual domains.  Lines: "Cwname ..."
 * or "C{w}name", "Fw-o /file %[^\#]", "Djname", "Kaccess hash -T<TMPF> /file".
 */
#include "agent/ours_sendmail.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/ours_files.h"
#include "agent/ours_logins.h"
#include "base/array.h"

static const char *const usual[] = { "/etc/mail/sendmail.cf",
	"/etc/sendmail.cf", NULL };

static struct slice
expand(const struct sendmail *mail, struct slice word)
{
	if (slice_is(word, "$j"))
		return mail->j;
	if (slice_is(word, "$m"))
		return mail->m;
	if (slice_is(word, "$w"))
		return mail->w;
	return slice_find_char(word, '$') == -1 ? word : (struct slice){ 0 };
}

static void
take_member(struct sendmail *mail, struct slice class, struct slice word,
    const char *where)
{
	struct prefix prefix;

	word = expand(mail, word);
	if (word.n == 0)
		return;
	if (slice_is(class, "w")) {
		(void)ours_domain(mail->ours, word, false);
	} else if (slice_is(class, "VirtHost")) {
		(void)ours_domain(mail->ours, word, false);
		if (mail->virtual_relayed)
			sendmail_relayed(mail, word);
	} else if (sendmail_network(word, &prefix)) {
		ours_network(mail->ours, &prefix);
	} else {
		sendmail_relayed(mail, word);
		sendmail_clients(mail, word, where);
	}
}

static void
take_words(struct sendmail *mail, struct slice class, struct slice words,
    const char *where)
{
	struct slice word;

	while (ours_word(&words, &word) && word.p[0] != '#')
		take_member(mail, class, word, where);
}

static void
class_gap(struct sendmail *mail, struct slice class, struct slice what,
    const char *why)
{
	int n = (int)(what.n < 200 ? what.n : 200), c = (int)class.n;

	ours_gap(mail->ours, true, "sendmail.cf F{%.*s}%.*s%s%s", c, class.p, n,
	    what.p, why[0] != '\0' ? ": " : "", why);
	if (slice_is(class, "R"))
		ours_gap(mail->ours, false, "sendmail.cf F{%.*s}%.*s%s%s", c,
		    class.p, n, what.p, why[0] != '\0' ? ": " : "", why);
}

/* "-o /etc/mail/relay-domains %[^\#]", or a program, or a map. */
static void
take_class_file(struct sendmail *mail, struct slice class, struct slice what)
{
	bool may_lack = slice_skips(&what, "-o");
	struct slice words = what, path, rest, line, head;
	char where[PATH_MAX];
	struct err err;
	char *text;
	size_t n;

	if (!ours_word(&words, &path) || path.p[0] != '/') {
		class_gap(mail, class, what, "");
		return;
	}
	if (ours_file_at(mail->ours, path, &text, &n, &err) == -1) {
		if (errno != ENOENT || !may_lack)
			class_gap(mail, class, path, err.text);
		return;
	}
	slice_copy(path, where, sizeof(where));
	ours_origin(mail->ours, "%s", where);
	rest = (struct slice){ text, n };
	while (ours_line(&rest, &line)) {
		if (slice_cut(&line, SLICE("#"), &head))
			line = head;
		take_words(mail, class, line, where);
	}
	free(text);
}

/* After C, F or D: "w" or "{w}", and what follows. */
static bool
class_of(struct slice line, struct slice *class, struct slice *rest)
{
	line = slice_from(line, 1);
	if (slice_skips(&line, "{")) {
		if (!slice_cut(&line, SLICE("}"), class))
			return false;
	} else {
		if (line.n == 0)
			return false;
		*class = (struct slice){ line.p, 1 };
		line = slice_from(line, 1);
	}
	*rest = ours_trim(line);
	return slice_is(*class, "w") || slice_is(*class, "R") ||
	       slice_is(*class, "VirtHost");
}

static void
take_class_line(struct sendmail *mail, struct slice line)
{
	struct slice class, rest;

	if (!class_of(line, &class, &rest))
		return;
	if (line.p[0] == 'F') {
		take_class_file(mail, class, rest);
	} else {
		ours_origin(mail->ours, "sendmail.cf class %.*s", (int)class.n,
		    class.p);
		take_words(mail, class, rest, "sendmail.cf");
	}
}

/* "Kaccess hash -T<TMPF> -o /etc/mail/access": the source of a text map. */
static void
take_map(struct sendmail *mail, struct slice line)
{
	static const char *const of_text[] = { "hash", "btree", "dbm", "cdb",
		"ndbm", "text", "lmdb" };
	struct slice words = slice_from(line, 1), name, type, word;

	if (!ours_word(&words, &name) || !ours_word(&words, &type))
		return;
	if (slice_is(type, "bestmx") && slice_begins(name, "mxserve")) {
		ours_gap(mail->ours, true,
		    "sendmail.cf: relay_based_on_MX: the DNS says for whom");
		return;
	}
	if (ours_is_login_table(words)) {
		ours_by_login(
		    mail->ours, "sendmail.cf %.*s", (int)line.n, line.p);
		return;
	}
	if (!slice_is(name, "access"))
		return;
	while (ours_word(&words, &word))
		if (word.p[0] == '/')
			for (size_t i = 0; i < NELEMS(of_text); i++)
				if (slice_eq(type, slice_of(of_text[i]))) {
					sendmail_access(mail, word);
					return;
				}
	ours_gap(mail->ours, true, "sendmail.cf %.*s", (int)line.n, line.p);
	ours_gap(mail->ours, false, "sendmail.cf %.*s", (int)line.n, line.p);
}

/* What is to be known before the classes are read. */
static void
take_first(struct sendmail *mail, struct slice line)
{
	if (slice_begins(line, "Dj"))
		mail->j = ours_trim(slice_from(line, 2));
	else if (slice_begins(line, "Dm"))
		mail->m = ours_trim(slice_from(line, 2));
	else if (slice_begins(line, "Dw"))
		mail->w = ours_trim(slice_from(line, 2));
	else if (slice_begins(line, "CR$={VirtHost}"))
		mail->virtual_relayed = true;
	else if (slice_begins(line, "R$+ < @ $=R >"))
		mail->hosts_only = true;
	else if (slice_begins(line, "R$+ < @ $* $=m >") &&
		 slice_ends(line, SLICE("RELAY")))
		mail->entire_domain = true;
}

/* One that begins with a blank goes on with the line before. */
static bool
next_line(struct slice cf, struct slice *rest, struct slice *line)
{
	while (ours_line(rest, line))
		if (line->p == cf.p || line->p[-1] == '\n')
			return true;
	return false;
}

void
sendmail_read(struct ours *ours, struct slice cf)
{
	struct sendmail mail = { .ours = ours };
	struct slice rest = cf, line;

	while (next_line(cf, &rest, &line))
		take_first(&mail, line);
	for (rest = cf; next_line(cf, &rest, &line);)
		if (slice_skips(&line, "DS") || slice_skips(&line, "DR") ||
		    slice_skips(&line, "DH") ||
		    slice_skips(&line, "O FallbackMXhost="))
			ours_host(ours, ours_trim(line));
		else if (line.p[0] == 'C' || line.p[0] == 'F')
			take_class_line(&mail, line);
		else if (line.p[0] == 'K')
			take_map(&mail, line);
	if (mail.entire_domain && mail.m.n != 0) {
		ours_origin(ours, "sendmail.cf relay_entire_domain");
		sendmail_relayed(&mail, mail.m);
		sendmail_clients(&mail, mail.m, "sendmail.cf");
	} else if (mail.entire_domain) {
		ours_gap(ours, true,
		    "sendmail.cf: relay_entire_domain: of which domain is not "
		    "said");
	}
	ours_own_names(ours);
	if (mail.j.n != 0 && slice_find_char(mail.j, '$') == -1)
		(void)ours_domain(ours, mail.j, false);
}

static void
read_all(const struct our_place *place, int stop, struct ours *ours)
{
	char path[PATH_MAX];
	struct err err;
	char *text;
	size_t n;

	(void)stop; /* files alone: nothing to wait for */
	slice_copy(SLICE(""), path, sizeof(path));
	if (place->directory != NULL)
		snprintf(
		    path, sizeof(path), "%s/sendmail.cf", place->directory);
	for (size_t i = 0; place->directory == NULL && usual[i] != NULL; i++)
		if (access(usual[i], F_OK) == 0) {
			slice_copy(slice_of(usual[i]), path, sizeof(path));
			break;
		}
	if (ours_file(ours, path, &text, &n, &err) == -1) {
		ours_gap(ours, true, "%s", err.text);
		ours_gap(ours, false, "%s", err.text);
		return;
	}
	sendmail_read(ours, (struct slice){ text, n });
	free(text);
}

static bool
find(struct our_place *place)
{
	if (place->directory != NULL)
		return true;
	for (size_t i = 0; usual[i] != NULL; i++)
		if (access(usual[i], F_OK) == 0)
			return true;
	return false;
}

const struct ours_system ours_sendmail = {
	.name = "sendmail",
	.find = find,
	.read = read_all,
};
