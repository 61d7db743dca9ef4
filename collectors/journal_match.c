/*
 * journal_match.c - which entries of the journal are the mail system's
 *
 * What a mail system says by syslog(3) has the facility mail, whoever started
 * it; what it says otherwise (on standard error, with another facility) is
 * known by its unit.  An entry that fits twice still comes once.
 */
#include <errno.h>

#include "base/array.h"
#include "collectors/journal_impl.h"

#define MATCH_BYTES 320

/*
 * Programs that some format reads; what their kin of no interest say with the
 * facility mail comes as well and counts as ignored.
 */
static const char *const mail_units[] = {
	"postfix.service",
	"postfix@-.service",
	"system-postfix.slice",
	"sendmail.service",
	"sm-client.service",
	"exim4.service",
	"exim.service",
	"opensmtpd.service",
	"courier-mta.service",
	"cyrus-imapd.service",
	"dovecot.service",
	"amavis.service",
	"amavisd.service",
	"spamassassin.service",
	"spamd.service",
	"spampd.service",
	"rspamd.service",
	"mimedefang.service",
};

static bool
is_chosen(const struct source_config *config)
{
	return config->unit_count + config->identifier_count != 0;
}

static size_t
unit_count(const struct source_config *config)
{
	return is_chosen(config) ? config->unit_count : NELEMS(mail_units);
}

/* "postfix" is short for "postfix.service". */
static struct slice
unit_at(const struct source_config *config, size_t i, char *text, size_t size)
{
	const char *unit = is_chosen(config) ? config->units[i] : mail_units[i];
	int n = snprintf(text, size, "%s%s", unit,
	    strchr(unit, '.') == NULL ? ".service" : "");

	return (struct slice){ text, n < 0 ? 0 : (size_t)n };
}

static int
match(sd_journal *handle, const char *field, struct slice value)
{
	char text[MATCH_BYTES];
	int n = snprintf(
	    text, sizeof(text), "%s=%.*s", field, (int)value.n, value.p);
	int rc;

	if (n < 0 || (size_t)n >= sizeof(text))
		return -EINVAL;
	rc = sd_journal_add_disjunction(handle);
	return rc < 0 ? rc : sd_journal_add_match(handle, text, (size_t)n);
}

static int
match_unit(sd_journal *handle, struct slice unit)
{
	return match(handle,
	    slice_ends(unit, SLICE(".slice")) ? "_SYSTEMD_SLICE"
					      : "_SYSTEMD_UNIT",
	    unit);
}

int
journal_match(sd_journal *handle, const struct source_config *config)
{
	char text[MATCH_BYTES];
	int rc;

	/* journald itself says there what it suppressed. */
	rc = match(handle, "SYSLOG_IDENTIFIER", SLICE("systemd-journald"));
	for (size_t i = 0; rc >= 0 && i < unit_count(config); i++)
		rc = match_unit(handle, unit_at(config, i, text, sizeof(text)));
	for (size_t i = 0; rc >= 0 && i < config->identifier_count; i++)
		rc = match(handle, "SYSLOG_IDENTIFIER",
		    slice_of(config->identifiers[i]));
	if (rc >= 0 && !is_chosen(config))
		rc = match(handle, "SYSLOG_FACILITY", SLICE("2"));
	return rc;
}

/* "postfix" of "postfix@-.service" and "system-postfix.slice" */
static struct slice
template_of(struct slice unit)
{
	struct slice rest = unit, name;

	if (slice_ends(unit, SLICE(".slice")) && slice_skips(&rest, "system-"))
		return (struct slice){ rest.p, rest.n - 6 };
	return slice_cut(&rest, SLICE("@"), &name) ? name : (struct slice){ 0 };
}

/* "Suppressed 42 messages from postfix@-.service" (journald-rate-limit.c) */
bool
journal_is_ours(const struct source_config *config, struct slice message)
{
	struct slice before, unit, template;
	char text[MATCH_BYTES];

	if (!slice_begins(message, "Suppressed ") ||
	    !slice_cut(&message, SLICE(" messages from "), &before))
		return false;
	if (unit_count(config) == 0)
		return true; /* only the names of programs are known */
	template = template_of(message);
	for (size_t i = 0; i < unit_count(config); i++) {
		unit = unit_at(config, i, text, sizeof(text));
		if (slice_eq(unit, message) ||
		    (template.n != 0 && slice_eq(template_of(unit), template)))
			return true;
	}
	return false;
}
