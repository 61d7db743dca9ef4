/*
 * ours_qmail.c - qmail: the control files that tell whose mail is taken
 *
 * qmail-control(5), qmail-smtpd(8) for rcpthosts and morercpthosts, qmail-send(8)
 * for locals and virtualdomains, qmail-remote(8) for smtproutes.  Lines that
 * begin with # are comments, blanks at a line's end are nothing.  What is
 * looked up in morercpthosts.cdb is made of morercpthosts.
 *
 * Who may relay is said by RELAYCLIENT, which tcpserver's rules set: a cdb that
 * its command line names, and no file of qmail's.
 */
#include "agent/ours_qmail.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/ours_files.h"
#include "agent/ours_logins.h"

/* vpopmail's roaming users, relay-ctrl(8). */
static const char *const logins[] = { "/home/vpopmail/etc/open-smtp",
	"/var/vpopmail/etc/open-smtp", "/var/lib/vpopmail/etc/open-smtp",
	"/usr/local/vpopmail/etc/open-smtp", "/var/spool/relay-ctrl/allow",
	NULL };

static const char *const usual[] = { "/var/qmail/control", "/etc/qmail", NULL };

struct qmail {
	struct ours *ours;
	const char *directory;
};

/* NULL: it is not there, or cannot be read, which is a gap. */
static char *
control(const struct qmail *qmail, const char *name, struct slice *text)
{
	char path[PATH_MAX], *whole;
	struct err err;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", qmail->directory, name);
	if (ours_file(qmail->ours, path, &whole, &n, &err) == -1) {
		if (errno != ENOENT)
			ours_gap(qmail->ours, true, "%s", err.text);
		return NULL;
	}
	ours_origin(qmail->ours, "%s", path);
	*text = (struct slice){ whole, n };
	return whole;
}

/* One domain a line, ".example.org" for all below; false: no such file. */
static bool
take_domains(const struct qmail *qmail, const char *name, bool relayed)
{
	struct slice rest, line;
	char *text = control(qmail, name, &rest);

	if (text == NULL)
		return false;
	while (ours_line(&rest, &line))
		(void)ours_domain(qmail->ours, line, relayed);
	free(text);
	return true;
}

/* "example.org:kim", ".example.org:kim", ":kim" for all others; one that goes
   to nobody ("example.org:") is an exception from these. */
static void
take_virtual(const struct qmail *qmail)
{
	struct slice rest, line, domain;
	char *text = control(qmail, "virtualdomains", &rest);

	if (text == NULL)
		return;
	while (ours_line(&rest, &line)) {
		if (!slice_cut(&line, SLICE(":"), &domain) || line.n == 0 ||
		    slice_find_char(domain, '@') != -1)
			continue;
		if (domain.n == 0)
			ours_gap(qmail->ours, true,
			    "%s/virtualdomains: every other domain is "
			    "\"%.*s\"'s",
			    qmail->directory, line.n < 64 ? (int)line.n : 64,
			    line.p);
		else
			(void)ours_domain(qmail->ours, domain, false);
	}
	free(text);
}

/* qmail-smtpd asks the database alone. */
static void
take_more(const struct qmail *qmail)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/morercpthosts.cdb", qmail->directory);
	if (access(path, F_OK) == -1)
		return;
	if (!take_domains(qmail, "morercpthosts", true))
		ours_gap(qmail->ours, true,
		    "%s: what it is made of is not there", path);
}

/* "example.org:mail.example.net:26", ":mail.example.net" for all others: of
   that host no mail exchangers are asked for. */
static void
take_routes(const struct qmail *qmail)
{
	struct slice rest, line, domain, name;
	char *text = control(qmail, "smtproutes", &rest);
	char host[OURS_HOST + 2];

	if (text == NULL)
		return;
	while (ours_line(&rest, &line)) {
		if (!slice_cut(&line, SLICE(":"), &domain) ||
		    !ours_word(&line, &name))
			continue;
		if (name.p[0] != '[') {
			struct slice port = name;

			if (slice_cut(&port, SLICE(":"), &line))
				name = line;
			if (name.n == 0 || name.n >= OURS_HOST)
				continue;
			snprintf(
			    host, sizeof(host), "[%.*s]", (int)name.n, name.p);
			name = slice_of(host);
		}
		ours_host(qmail->ours, name);
	}
	free(text);
}

void
qmail_read(struct ours *ours, const char *directory)
{
	const struct qmail qmail = { ours, directory };

	/* The first that names a domain says whether it stays here. */
	if (!take_domains(&qmail, "locals", false))
		(void)take_domains(&qmail, "me", false);
	take_virtual(&qmail);
	(void)take_domains(&qmail, "rcpthosts", true);
	take_more(&qmail);
	take_routes(&qmail);
	ours_gap(ours, false,
	    "qmail: who may relay is in tcpserver's rules, which are not read");
}

static const char *
place_of(const struct our_place *place)
{
	char path[PATH_MAX];

	if (place->directory != NULL)
		return place->directory;
	for (size_t i = 0; usual[i] != NULL; i++) {
		snprintf(path, sizeof(path), "%s/me", usual[i]);
		if (access(path, F_OK) == 0)
			return usual[i];
	}
	return NULL;
}

static void
read_all(const struct our_place *place, int stop, struct ours *ours)
{
	(void)stop; /* files alone: nothing to wait for */
	qmail_read(ours, place_of(place));
	ours_login_files(ours, logins);
}

static bool
find(struct our_place *place)
{
	return place_of(place) != NULL;
}

const struct ours_system ours_qmail = {
	.name = "qmail",
	.find = find,
	.read = read_all,
};
