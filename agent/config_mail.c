/* config_mail.c - the section mail of the configuration */
#include "agent/config_mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/mem.h"
#include "base/safe.h"

#define MOST_MAILS 200 /* a day */

/* libconfuse takes defaults of lists as text that it may not change. */
static char no_ways[] = "{}";
static char postmaster[] = "{\"postmaster\"}";

cfg_opt_t mail_options[] = {
	CFG_STR_LIST("to", postmaster, CFGF_NONE),
	CFG_STR("from", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("ways", no_ways, CFGF_NONE),
	CFG_STR("smarthost", NULL, CFGF_NODEFAULT),
	CFG_STR("user", NULL, CFGF_NODEFAULT),
	CFG_STR("password", NULL, CFGF_NODEFAULT),
	CFG_STR("ca", NULL, CFGF_NODEFAULT),
	CFG_STR("local", "127.0.0.1:25", CFGF_NONE),
	CFG_STR("sendmail", NULL, CFGF_NODEFAULT),
	CFG_STR("webhook", NULL, CFGF_NODEFAULT),
	CFG_STR("heartbeat", NULL, CFGF_NODEFAULT),
	CFG_STR("link", NULL, CFGF_NODEFAULT),
	CFG_INT("per_hour", 6, CFGF_NONE),
	CFG_INT("per_day", 30, CFGF_NONE),
	CFG_STR("daily", "07:00", CFGF_NONE),
	CFG_END(),
};

static const char *
value_of(cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);

	return text == NULL ? "" : text;
}

static int
wrong(cfg_t *cfg, cfg_opt_t *opt, const char *expected)
{
	char value[200];

	safe_text(slice_of(value_of(opt)), 0, value, sizeof(value));
	cfg_error(cfg, "mail: %s: \"%s\": expected %s", cfg_opt_name(opt),
	    value, expected);
	return -1;
}

static int
check_address(cfg_t *cfg, cfg_opt_t *opt)
{
	return mail_is_address(value_of(opt))
		   ? 0
		   : wrong(cfg, opt, "an address such as kim@example.org");
}

static int
check_path(cfg_t *cfg, cfg_opt_t *opt)
{
	return value_of(opt)[0] == '/' ? 0
				       : wrong(cfg, opt, "an absolute path");
}

/* SCHEME://HOST[...], of characters that a URL may have. */
static bool
is_url(const char *text, const char *scheme, bool bare)
{
	const char *rest = text + strlen(scheme);

	if (strncmp(text, scheme, strlen(scheme)) != 0 || *rest == '\0' ||
	    *rest == '/' || strlen(text) > 400)
		return false;
	for (const char *at = text; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~' || strchr("\"<>\\^`{|}", *at))
			return false;
	return !bare || strpbrk(rest, "/@?#") == NULL;
}

static int
check_smarthost(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = value_of(opt);

	if (is_url(text, "smtp://", true) || is_url(text, "smtps://", true))
		return 0;
	/* Some write a password there. */
	cfg_error(cfg, "mail: smarthost: expected smtp://HOST:587 (STARTTLS) "
		       "or smtps://HOST");
	return -1;
}

static int
check_web(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = value_of(opt);

	if (is_url(text, "https://", false) || is_url(text, "http://", false))
		return 0;
	/* What stands there may be a secret. */
	cfg_error(
	    cfg, "mail: %s: expected https://HOST/PATH", cfg_opt_name(opt));
	return -1;
}

/* No TLS is spoken to it: it may not be elsewhere. */
static int
check_local(cfg_t *cfg, cfg_opt_t *opt)
{
	struct slice address, port = slice_of(value_of(opt));
	struct addr addr;
	uint64_t number;
	ptrdiff_t at = slice_find_last(port, SLICE(":"));

	if (at > 0) {
		address = (struct slice){ port.p, (size_t)at };
		port = slice_from(port, (size_t)at + 1);
		if (slice_skips(&address, "[") && address.n > 0)
			address.n--;
		if (addr_parse(address, &addr) && addr_is_loopback(&addr) &&
		    slice_number(port, &number) && number > 0 && number < 65536)
			return 0;
	}
	return wrong(cfg, opt, "a loopback address and port, 127.0.0.1:25");
}

static int
way_of(const char *name)
{
	for (int i = 0; i < MAIL_WAYS; i++)
		if (strcmp(name, mail_way_name((enum mail_way)i)) == 0)
			return i;
	return -1;
}

static int
check_way(cfg_t *cfg, cfg_opt_t *opt)
{
	unsigned last = cfg_opt_size(opt) - 1;

	for (unsigned i = 0; i < last; i++)
		if (strcmp(cfg_opt_getnstr(opt, i), value_of(opt)) == 0)
			return wrong(cfg, opt, "each way once");
	return way_of(value_of(opt)) != -1
		   ? 0
		   : wrong(cfg, opt, "smarthost, local, sendmail or webhook");
}

static int
check_mails(cfg_t *cfg, cfg_opt_t *opt)
{
	long n = cfg_opt_getnint(opt, 0);

	if (n >= 1 && n <= MOST_MAILS)
		return 0;
	cfg_error(cfg, "mail: %s: %ld: expected 1 to %d", cfg_opt_name(opt), n,
	    MOST_MAILS);
	return -1;
}

/* "07:00" to the minute of the day; "" is none; -2: neither. */
static int
minute_of(const char *text)
{
	unsigned hour, minute;
	char more;

	if (text[0] == '\0')
		return -1;
	if (strspn(text, "0123456789:") != strlen(text) ||
	    sscanf(text, "%2u:%2u%c", &hour, &minute, &more) != 2 ||
	    hour > 23 || minute > 59)
		return -2;
	return (int)(hour * 60 + minute);
}

static int
check_daily(cfg_t *cfg, cfg_opt_t *opt)
{
	return minute_of(value_of(opt)) != -2
		   ? 0
		   : wrong(cfg, opt, "a time such as 07:00, or \"\" for none");
}

/* At its end: what a way needs has to be there. */
static int
check_section(cfg_t *cfg, cfg_opt_t *opt)
{
	static const char *const needs[MAIL_WAYS] = {
		[WAY_SMARTHOST] = "smarthost",
		[WAY_LOCAL] = "local",
		[WAY_SENDMAIL] = "sendmail",
		[WAY_WEBHOOK] = "webhook",
	};
	cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	const char *user = cfg_getstr(section, "user");

	for (unsigned i = 0; i < cfg_size(section, "ways"); i++) {
		const char *way = cfg_getnstr(section, "ways", i);

		if (cfg_getstr(section, needs[way_of(way)]) != NULL)
			continue;
		cfg_error(
		    cfg, "mail: ways: \"%s\": expected %s to be set", way, way);
		return -1;
	}
	if ((user == NULL) != (cfg_getstr(section, "password") == NULL)) {
		cfg_error(cfg, "mail: user: expected user and "
			       "password, or neither");
		return -1;
	}
	if (user != NULL && cfg_getstr(section, "smarthost") == NULL) {
		cfg_error(cfg, "mail: user: expected a smarthost for it");
		return -1;
	}
	return 0;
}

void
check_mail(cfg_t *cfg)
{
	static const struct {
		const char *option;
		cfg_validate_callback_t check;
	} checks[] = {
		{ "mail", check_section },
		{ "mail|to", check_address },
		{ "mail|from", check_address },
		{ "mail|ways", check_way },
		{ "mail|smarthost", check_smarthost },
		{ "mail|ca", check_path },
		{ "mail|local", check_local },
		{ "mail|sendmail", check_path },
		{ "mail|webhook", check_web },
		{ "mail|heartbeat", check_web },
		{ "mail|link", check_web },
		{ "mail|per_hour", check_mails },
		{ "mail|per_day", check_mails },
		{ "mail|daily", check_daily },
	};

	for (size_t i = 0; i < NELEMS(checks); i++)
		cfg_set_validate_func(cfg, checks[i].option, checks[i].check);
}

static char *
copy(cfg_t *section, const char *name)
{
	const char *text = cfg_getstr(section, name);

	return text == NULL ? NULL : mem_text(text);
}

/* Without a list: those that are set, the one behind the server first. */
static void
read_ways(cfg_t *section, struct mail_config *mail)
{
	bool usable[MAIL_WAYS] = {
		[WAY_SMARTHOST] = mail->to_count > 0 && mail->smarthost != NULL,
		[WAY_LOCAL] = mail->to_count > 0,
		[WAY_SENDMAIL] = mail->to_count > 0 && mail->sendmail != NULL,
		[WAY_WEBHOOK] = mail->webhook != NULL,
	};
	unsigned n = cfg_size(section, "ways");

	for (unsigned i = 0; i < (n != 0 ? n : MAIL_WAYS); i++) {
		int way =
		    n != 0 ? way_of(cfg_getnstr(section, "ways", i)) : (int)i;

		if (usable[way])
			mail->ways[mail->way_count++] = (enum mail_way)way;
	}
}

void
read_mail(cfg_t *section, struct mail_config *mail)
{
	mail->to_count = cfg_size(section, "to");
	mail->to = mem_zero(mail->to_count, sizeof(*mail->to));
	for (unsigned i = 0; i < mail->to_count; i++)
		mail->to[i] = mem_text(cfg_getnstr(section, "to", i));
	mail->from = copy(section, "from");
	mail->smarthost = copy(section, "smarthost");
	mail->user = copy(section, "user");
	mail->password = copy(section, "password");
	mail->ca = copy(section, "ca");
	mail->local = copy(section, "local");
	mail->sendmail = copy(section, "sendmail");
	mail->webhook = copy(section, "webhook");
	mail->heartbeat = copy(section, "heartbeat");
	mail->link = copy(section, "link");
	mail->per_hour = (unsigned)cfg_getint(section, "per_hour");
	mail->per_day = (unsigned)cfg_getint(section, "per_day");
	mail->daily = minute_of(cfg_getstr(section, "daily"));
	read_ways(section, mail);
}

void
free_mail(struct mail_config *mail)
{
	for (size_t i = 0; i < mail->to_count; i++)
		free(mail->to[i]);
	free(mail->to);
	free(mail->from);
	free(mail->smarthost);
	free(mail->user);
	if (mail->password != NULL)
		explicit_bzero(mail->password, strlen(mail->password));
	free(mail->password);
	free(mail->ca);
	free(mail->local);
	free(mail->sendmail);
	free(mail->webhook);
	free(mail->heartbeat);
	free(mail->link);
}
