/*
 * test_config.c - the configuration: every mistake is told with its place, and
 * the manual knows every option
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <confuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config.h"
#include "agent/detect.h"
#include "base/array.h"
#include "tests/feed.h"
#include "tests/scratch.h"

static char *directory;
static char path[512];

static int
make_directory(void **state)
{
	(void)state;
	directory = scratch_make();
	snprintf(path, sizeof(path), "%s/mailweir.conf", directory);
	return 0;
}

static int
remove_directory(void **state)
{
	(void)state;
	scratch_remove(directory);
	return 0;
}

static int
load(const char *text, struct config *config, struct err *err)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	err->text[0] = '\0';
	return config_load(config, path, err);
}

static void
an_empty_file_gives_the_defaults(void **state)
{
	static const char *const texts[] = { "", "\n\n", "# nothing\n",
		"web { }\n", "networks = {}\n" };
	struct config config;
	struct err err;

	(void)state;
	for (size_t i = 0; i < NELEMS(texts); i++) {
		assert_int_equal(load(texts[i], &config, &err), 0);
		assert_string_equal(config.data, "/var/lib/mailweir");
		assert_string_equal(config.user, "mailweir");
		assert_null(config.note);
		assert_string_equal(config.web.listen, "127.0.0.1:8025");
		assert_false(config.web.plain);
		assert_int_equal(config.web.name_count, 0);
		assert_int_equal(config.collect.network_count, 0);
		config_free(&config);
	}
}

static void
what_is_written_is_read(void **state)
{
	struct config config;
	struct err err;

	(void)state;
	assert_int_equal(
	    load(
		"data = \"/srv/weir\"\nuser = \"weir\"\nnote = \"a note\"\n"
		"networks = {\"192.0.2.0/24\", \"2001:db8::/32\"}\n"
		"domains = {\"example.com\"}\n"
		"source \"mx1\" { path = \"/var/log/mail.log\" }\n"
		"source \"mx2\" { path = \"/srv/mx2\" zone = \"UTC\"\n"
		"  format = \"syslog\" host = \"mx2\" }\n"
		"mail_system \"postfix\" { directory = \"/etc/out\" }\n"
		"web { listen = \"[::1]:0\" plain = true names = {\"mx1\"} }\n",
		&config, &err),
	    0);
	assert_string_equal(config.data, "/srv/weir");
	assert_string_equal(config.note, "a note");
	assert_int_equal(config.collect.network_count, 2);
	assert_int_equal(config.collect.networks[1].bits, 32);
	assert_string_equal(config.collect.domains[0], "example.com");
	assert_int_equal(config.collect.source_count, 2);
	assert_false(config.collect.detected);
	assert_string_equal(config.collect.sources[0].title, "mx1");
	assert_string_equal(config.collect.sources[0].zone, "local");
	assert_string_equal(config.collect.sources[1].path, "/srv/mx2");
	assert_string_equal(config.collect.sources[1].zone, "UTC");
	assert_null(config.collect.sources[0].format);
	assert_string_equal(config.collect.sources[1].format, "syslog");
	assert_string_equal(config.collect.sources[1].host, "mx2");
	assert_string_equal(config.web.listen, "[::1]:0");
	assert_true(config.web.plain);
	assert_string_equal(config.web.names[0], "mx1");
	assert_int_equal(config.system_count, 1);
	assert_string_equal(config.systems[0].name, "postfix");
	assert_string_equal(config.systems[0].directory, "/etc/out");
	assert_null(config.systems[0].program);
	assert_true(config_same_systems(&config, &config));
	config_free(&config);
}

static void
blocks_only_observe_before_they_are_told(void **state)
{
	struct config config;
	struct err err;

	(void)state;
	assert_int_equal(load("", &config, &err), 0);
	assert_int_equal(config.blocks.mode, BLOCK_OBSERVE);
	assert_string_equal(config.blocks.backend, "nftables");
	assert_int_equal(config.blocks.max_blocks, 100000);
	assert_true(config.messages.enabled);
	assert_int_equal(config.messages.days, 30);
	assert_true(config.messages.bytes == UINT64_C(512) << 20);
	assert_int_equal(config.blocks.max_new, 1000);
	assert_int_equal(config.blocks.never_count, 0);
	assert_int_equal(config.blocks.ports[0], 25);
	config_free(&config);
	assert_int_equal(
	    load("blocks { mode = \"enforce\"  backend = \"none\"\n"
		 "never = {\"198.51.100.9\", \"2001:db8::/32\"}\n"
		 "forward = true  ports = {25, 2525}  max_blocks = 7\n"
		 "max_new = 3 }\n",
		&config, &err),
	    0);
	assert_int_equal(config.blocks.mode, BLOCK_ENFORCE);
	assert_string_equal(config.blocks.backend, "none");
	assert_true(config.blocks.forward);
	assert_int_equal(config.blocks.never_count, 2);
	assert_int_equal(config.blocks.never[0].bits, 32);
	assert_int_equal(config.blocks.never[1].bits, 32);
	assert_int_equal(config.blocks.port_count, 2);
	assert_int_equal(config.blocks.ports[1], 2525);
	assert_int_equal(config.blocks.max_blocks, 7);
	assert_int_equal(config.blocks.max_new, 3);
	config_free(&config);
}

static void
a_rule_is_changed_in_part(void **state)
{
	int relay = alerts_find_rule(SLICE("relay-abuse"));
	int guessing = alerts_find_rule(SLICE("password-guessing"));
	int harvest = alerts_find_rule(SLICE("harvest"));
	const struct rule_config *rule;
	struct config config;
	struct err err;

	(void)state;
	assert_int_equal(
	    load("rule \"relay-abuse\" {\n"
		 " level \"warn\" { count = 3  within = \"15min\" }\n"
		 " level \"act\"  { count = 5 }\n"
		 " block = \"2h\" }\n"
		 "rule \"password-guessing\" { mail = true level \"act\" {"
		 " or_count = 0 } }\n"
		 "rule \"harvest\" { enabled = false }\n",
		&config, &err),
	    0);
	rule = &config.alerts.rules[relay];
	assert_true(rule->enabled && rule->mail);
	assert_int_equal(rule->block, 7200);
	assert_int_equal(rule->levels[LEVEL_WARN][OPTION_COUNT], 3);
	assert_int_equal(rule->levels[LEVEL_WARN][OPTION_WITHIN], 900);
	assert_int_equal(rule->levels[LEVEL_ACT][OPTION_COUNT], 5);
	assert_int_equal(rule->levels[LEVEL_ACT][OPTION_WITHIN], 600);
	rule = &config.alerts.rules[guessing];
	assert_true(rule->enabled && rule->mail);
	assert_int_equal(rule->block, 3600);
	assert_int_equal(rule->levels[LEVEL_ACT][OPTION_COUNT], 10);
	assert_int_equal(rule->levels[LEVEL_ACT][OPTION_OR_COUNT], 0);
	assert_false(config.alerts.rules[harvest].enabled);
	config_free(&config);
}

/* The sample's comments are the defaults, to the last number. */
static void
the_sample_shows_the_rules_as_they_are(void **state)
{
	char *text = feed_file("docs/mailweir.conf"), *at, *rules;
	struct config config;
	struct alert_config defaults;
	struct err err;

	(void)state;
	assert_non_null(text);
	rules = strstr(text, "#rule \"");
	assert_non_null(rules);
	for (at = rules; at != NULL; at = strstr(at, "\n#")) {
		at += *at == '\n';
		*at = ' ';
	}
	if (load(rules, &config, &err) == -1)
		fail_msg("%s", err.text);
	alerts_defaults(&defaults);
	defaults.host = config.alerts.host;
	assert_memory_equal(
	    &config.alerts.rules, &defaults.rules, sizeof(defaults.rules));
	for (size_t i = 0; i < alerts_rule_count(); i++) {
		char name[64];

		snprintf(
		    name, sizeof(name), "rule \"%s\" {", alerts_rule_name(i));
		assert_non_null(strstr(rules, name));
	}
	config_free(&config);
	free(text);
}

static void
the_ways_of_mail_are_those_that_are_set(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		enum mail_way ways[MAIL_WAYS];
	} rows[] = {
		{ "", 1, { WAY_LOCAL } },
		{ "mail { to = {} }\n", 0, { 0 } },
		{ "mail { to = {} webhook = \"https://x/\" }\n", 1,
		    { WAY_WEBHOOK } },
		{ "mail { smarthost = \"smtps://x\" sendmail = \"/x\" }\n", 3,
		    { WAY_SMARTHOST, WAY_LOCAL, WAY_SENDMAIL } },
		{ "mail { smarthost = \"smtp://x:587\" user = \"kim\"\n"
		  "password = 'a${b}' webhook = \"https://x/\"\n"
		  "ways = {\"webhook\", \"smarthost\"} }\n",
		    2, { WAY_WEBHOOK, WAY_SMARTHOST } },
	};
	struct config config;
	struct err err;

	(void)state;
	for (size_t i = 0; i < NELEMS(rows); i++) {
		if (load(rows[i].text, &config, &err) == -1)
			fail_msg("%s", err.text);
		assert_int_equal(config.mail.way_count, rows[i].n);
		assert_memory_equal(config.mail.ways, rows[i].ways,
		    rows[i].n * sizeof(rows[i].ways[0]));
		if (config.mail.password != NULL)
			assert_string_equal(config.mail.password, "a${b}");
		assert_int_equal(config.mail.daily, 7 * 60);
		config_free(&config);
	}
}

static void
a_journal_needs_no_path(void **state)
{
	const struct source_config *source;
	struct config config;
	struct err err;

	(void)state;
	assert_int_equal(
	    load("source \"all\" { type = \"journal\" }\n"
		 "source \"mx2\" { type = \"journal\" path = \"/srv/mx2\"\n"
		 " units = {\"postfix@-.service\", \"rspamd\"}\n"
		 " identifiers = {\"spamd\"} }\n"
		 "source \"log\" { path = \"/srv/mx2\" }\n",
		&config, &err),
	    0);
	assert_int_equal(config.collect.source_count, 3);
	source = config.collect.sources;
	assert_int_equal(source[0].type, SOURCE_TYPE_JOURNAL);
	assert_null(source[0].path);
	assert_int_equal(source[0].unit_count, 0);
	assert_int_equal(source[1].type, SOURCE_TYPE_JOURNAL);
	assert_string_equal(source[1].path, "/srv/mx2");
	assert_int_equal(source[1].unit_count, 2);
	assert_string_equal(source[1].units[1], "rspamd");
	assert_string_equal(source[1].identifiers[0], "spamd");
	assert_int_equal(source[2].type, SOURCE_TYPE_FILE);
	config_find_sources(&config);
	assert_int_equal(config.collect.source_count, 3);
	assert_false(config.collect.detected);
	config_free(&config);
}

/* What the journal has and the log has not for an hour, the log gets no more. */
static void
the_log_counts_as_long_as_it_grows(void **state)
{
	static const struct {
		int64_t log, journal; /* written last; 0: not there */
		bool is_journal;
	} rows[] = {
		{ 0, 0, false },
		{ 0, 1795305600, true },
		{ 1795305600, 0, false },
		{ 1795305600, 1795305600, false },
		{ 1795305600, 1795305700, false },
		{ 1795305600, 1795309100, false },
		{ 1795305600, 1795309201, true },
		{ 1795305600, 1795000000, false },
	};

	(void)state;
	for (size_t i = 0; i < NELEMS(rows); i++)
		assert_int_equal(
		    detect_is_journal(rows[i].log, rows[i].journal),
		    rows[i].is_journal);
}

/* A directory for each service; what else multilog keeps there is no log. */
static void
each_log_of_multilogs_is_found(void **state)
{
	static const char *const names[] = { "send/current", "smtpd/current",
		"smtpd/state", "smtpd/@400000006b02447727e8647c.s" };
	struct collect_config found = { 0 };
	char text[640];

	(void)state;
	snprintf(text, sizeof(text),
	    "cd %s && mkdir send smtpd && touch %s %s "
	    "%s %s",
	    directory, names[0], names[1], names[2], names[3]);
	assert_int_equal(system(text), 0);
	snprintf(text, sizeof(text), "%s/*/current", directory);
	detect_multilogs(&found, text);
	assert_int_equal(found.source_count, 2);
	for (size_t i = 0; i < found.source_count; i++) {
		snprintf(text, sizeof(text), "%s/%s", directory, names[i]);
		assert_string_equal(found.sources[i].path, text);
		assert_string_equal(found.sources[i].title, text);
		assert_int_equal(found.sources[i].type, SOURCE_TYPE_FILE);
		free(found.sources[i].path);
		free(found.sources[i].title);
		free(found.sources[i].zone);
	}
	free(found.sources);
	snprintf(
	    text, sizeof(text), "rm -r %s/send %s/smtpd", directory, directory);
	assert_int_equal(system(text), 0);
}

static void
what_is_looked_at_has_options_of_its_own(void **state)
{
	const struct source_config *source;
	struct config config;
	struct err err;

	(void)state;
	assert_int_equal(
	    load("source \"a\" { type = \"queue\" path = \"/var/spool/mqueue\" "
		 "host = \"mx1\" interval = 30 }\n"
		 "source \"b\" { type = \"queue\" path = \"/srv/spool\" "
		 "system = \"exim\" }\n"
		 "source \"c\" { type = \"statistics\" path = \"/srv/st\" "
		 "sendmail_cf = \"/nowhere\" }\n",
		&config, &err),
	    0);
	source = config.collect.sources;
	assert_int_equal(source[0].type, SOURCE_TYPE_QUEUE);
	assert_string_equal(source[0].system, "sendmail");
	assert_string_equal(source[0].host, "mx1");
	assert_int_equal(source[0].interval, 30);
	assert_int_equal(source[0].mailer_count, 0);
	assert_string_equal(source[1].system, "exim");
	assert_null(source[1].host);
	assert_int_equal(source[1].interval, 0);
	/* Without a sendmail.cf the mailers are the usual ones. */
	assert_int_equal(source[2].type, SOURCE_TYPE_STATISTICS);
	assert_true(source[2].mailer_count > 3);
	assert_string_equal(source[2].mailers[1], "*file*");
	assert_string_equal(source[2].mailers[3], "local");
	config_free(&config);
}

static void
a_capture_has_an_interface_and_ports(void **state)
{
	const struct source_config *source;
	struct config config;
	struct err err;

	(void)state;
	assert_int_equal(load("source \"a\" { type = \"capture\" }\n"
			      "source \"b\" { type = \"capture\" interface = "
			      "\"eth0\" ports = {25, 2525} promiscuous = true "
			      "}\n",
			     &config, &err),
	    0);
	source = config.collect.sources;
	assert_int_equal(source[0].type, SOURCE_TYPE_CAPTURE);
	assert_string_equal(source[0].interface, "any");
	assert_int_equal(source[0].port_count, 7);
	assert_int_equal(source[0].ports[1], 465);
	assert_false(source[0].promiscuous);
	assert_string_equal(source[1].interface, "eth0");
	assert_int_equal(source[1].port_count, 2);
	assert_int_equal(source[1].ports[1], 2525);
	assert_true(source[1].promiscuous);
	config_free(&config);
	/* It stands beside the logs, which are looked for all the same. */
	assert_int_equal(
	    load("source \"a\" { type = \"capture\" }\n", &config, &err), 0);
	config_find_sources(&config);
	assert_true(config.collect.source_count >= 2);
	assert_int_equal(config.collect.sources[0].type, SOURCE_TYPE_CAPTURE);
	assert_true(config.collect.detected);
	config_free(&config);
}

static void
attachments_are_extensions_without_their_dot(void **state)
{
	struct config config;
	struct err err;

	(void)state;
	assert_int_equal(load("", &config, &err), 0);
	assert_true(config.collect.extension_count > 10);
	config_free(&config);
	assert_int_equal(
	    load("attachments = {\".PIF\", \"scr\"}\n", &config, &err), 0);
	assert_int_equal(config.collect.extension_count, 2);
	assert_string_equal(config.collect.extensions[0], "pif");
	assert_string_equal(config.collect.extensions[1], "scr");
	config_free(&config);
	assert_int_equal(load("attachments = {}\n", &config, &err), 0);
	assert_int_equal(config.collect.extension_count, 0);
	config_free(&config);
}

static void
a_login_lets_relay_as_configured(void **state)
{
	static const struct {
		const char *text;
		enum login_relay relay;
		unsigned seconds;
	} rows[] = {
		{ "", LOGIN_RELAY_AUTO, 0 },
		{ "relay_after_login = \"auto\"\n", LOGIN_RELAY_AUTO, 0 },
		{ "relay_after_login = \"never\"\n", LOGIN_RELAY_NEVER, 0 },
		{ "relay_after_login = \"1h\"\n", LOGIN_RELAY_ALWAYS, 3600 },
	};
	struct config config;
	struct err err;

	(void)state;
	for (size_t i = 0; i < NELEMS(rows); i++) {
		assert_int_equal(load(rows[i].text, &config, &err), 0);
		assert_int_equal(config.collect.login_relay, rows[i].relay);
		assert_int_equal(config.collect.login_seconds, rows[i].seconds);
		config_free(&config);
	}
}

/* What must be in the words, behind the file and the line. */
static const struct {
	const char *text;
	int line;
	const char *words;
} mistakes[] = {
	{ "relay_after_login = \"yes\"\n", 1,
	    "relay_after_login: \"yes\": expected auto, never, or a time" },
	{ "relay_after_login = \"0s\"\n", 1, "expected auto, never" },
	{ "\nrelay_after_login = \"8d\"\n", 2, "of a week at most" },
	{ "nonsense = 1\n", 1, "nonsense" },
	{ "\ndata =\n", 3, "end of file" },
	{ "data = \"/x\"\ndata /y\n", 2, "" },
	{ "\n\nweb { lisen = \"x\" }\n", 3, "lisen" },
	{ "web { plain = perhaps }\n", 1, "plain" },
	{ "note = \"open\n", 2, "end of file" },
	{ "\nattachments = {\"exe\", \".\"}\n", 2, "expected an extension" },
	{ "attachments = {\"tar.gz\"}\n", 1, "expected an extension" },
	{ "attachments = {\"abcdefghijklmnop\"}\n", 1, "at most 15" },
	{ "source { path = \"/x\" }\n", 1, "title" },
	{ "source \"a\" { path = \"/x\" }\nsource \"b\" { path = \"/x\" }\n", 2,
	    "another path" },
	{ "source \"a\" { path = \"/x\" }\nsource \"a\" { path = \"/y\" }\n", 2,
	    "a" },
	{ "\nsource \"a\" { type = \"fifo\" path = \"/x\" }\n", 2,
	    "expected capture, file" },
	{ "source \"q\" { type = \"queue\" }\n", 1,
	    "expected an absolute path" },
	{ "source \"q\" { type = \"queue\" path = \"/x\" system = \"qmail\" "
	  "}\n",
	    1, "expected auto, postfix, sendmail or exim" },
	{ "source \"q\" {\n type = \"queue\" path = \"/nowhere\"\n}\n", 3,
	    "does not tell whose it is" },
	{ "source \"q\" { type = \"queue\" path = \"/x\" system = \"exim\" "
	  "zone = \"UTC\" }\n",
	    1, "zone: not for type \"queue\"; expected type file" },
	{ "source \"a\" { path = \"/x\" system = \"exim\" }\n", 1,
	    "system: not for type \"file\"; expected type queue" },
	{ "source \"a\" { type = \"journal\" host = \"mx1\" }\n", 1,
	    "source \"a\": host: not for type \"journal\"; expected type file, "
	    "queue or statistics" },
	{ "source \"a\" { path = \"/x\" format = \"postfix\" }\n", 1,
	    "source \"a\": format \"postfix\": expected auto" },
	{ "source \"a\" { type = \"journal\" format = \"syslog\" }\n", 1,
	    "source \"a\": format: not for type \"journal\"; expected type "
	    "file" },
	{ "source \"w\" { type = \"capture\" path = \"/x\" }\n", 1,
	    "path: not for type \"capture\"" },
	{ "source \"a\" { path = \"/x\" ports = {25} }\n", 1,
	    "ports: not for type \"file\"; expected type capture" },
	{ "source \"w\" { type = \"capture\" ports = {70000} }\n", 1,
	    "ports: 70000: expected 1 to 65535" },
	{ "source \"w\" { type = \"capture\" ports = {} }\n", 1,
	    "ports: 0 of them; expected 1 to 32" },
	{ "source \"v\" { type = \"capture\" }\n"
	  "source \"w\" { type = \"capture\" interface = \"any\" }\n",
	    2, "any is read by source \"v\"; expected another interface" },
	{ "source \"a\" { path = \"/x\" interval = 5 }\n", 1,
	    "interval: not for type \"file\"" },
	{ "source \"q\" { type = \"queue\" path = \"/x\" system = \"exim\" "
	  "sendmail_cf = \"/y\" }\n",
	    1, "expected type statistics" },
	{ "source \"s\" { type = \"statistics\" path = \"/x\" "
	  "sendmail_cf = \"y\" }\n",
	    1, "expected an absolute path" },
	{ "source \"s\" { type = \"statistics\" path = \"/x\" "
	  "interval = -1 }\n",
	    1, "expected up to 86400 seconds" },
	{ "source \"s\" { type = \"statistics\" path = \"/x\" "
	  "interval = 90000 }\n",
	    1, "expected up to 86400 seconds" },
	{ "source \"a\" { path = \"/x\" }\nsource \"s\" { type = "
	  "\"statistics\" path = \"/x\" }\n",
	    2, "another path" },
	{ "\nsource \"a\" { }\n", 2, "expected an absolute path" },
	{ "source \"a\" { path = \"/x\" units = {\"postfix\"} }\n", 1,
	    "units: not for type \"file\"; expected type journal" },
	{ "source \"a\" { type = \"journal\" }\n"
	  "source \"b\" { type = \"journal\" units = {\"exim4\"} }\n",
	    2, "another path" },
	{ "source \"a\" { type = \"journal\" path = \"/x\" }\n"
	  "source \"b\" { path = \"/x\" }\n"
	  "source \"c\" { type = \"journal\" path = \"/x\" }\n",
	    3, "another path" },
	{ "source \"a\" { type = \"journal\"\npath = \"x\" }\n", 2,
	    "expected an absolute path" },
	{ "source \"a\" {\npath = \"mail.log\" }\n", 2,
	    "expected an absolute path" },
	{ "source \"a\" { path = \"/x\"\n zone = \"Europe/Nowhere\" }\n", 2,
	    "expected local, UTC" },
	{ "\n\nnetworks = {\"192.0.2.0/33\"}\n", 3,
	    "expected an address or prefix" },
	{ "networks = {\"192.0.2.0/24\",\n\"x\"}\n", 2,
	    "expected an address or prefix" },
	{ "\nmail_system \"courier\" { }\n", 2,
	    "expected postfix, sendmail, exim, qmail or opensmtpd" },
	{ "mail_system \"exim\" { program = \"exim4\" }\n", 1,
	    "expected an absolute path" },
	{ "mail_system \"exim\" { }\nmail_system \"exim\" { }\n", 2, "exim" },
	{ "blocks { mode = \"on\" }\n", 1, "expected observe or enforce" },
	{ "blocks {\n backend = \"ipchains\" }\n", 2,
	    "expected nftables, ipset, access, postfix, command or none" },
	{ "blocks { backend = \"command\" }\n", 1,
	    "the backend command needs add and remove" },
	{ "blocks { backend = \"command\"\nadd = \"/x %a\"\nremove = \"x %a\" "
	  "}\n",
	    3, "remove: the absolute path of a program is expected first" },
	{ "blocks { backend = \"command\"\nadd = \"/x %h\"\nremove = \"/x %a\" "
	  "}\n",
	    3, "%a, %p, %s or %% is expected" },
	{ "blocks { never = {\"192.0.2.1\", \"mx1\"} }\n", 1,
	    "expected an address or prefix" },
	{ "blocks { ports = {25, 0} }\n", 1, "expected 1 to 65535" },
	{ "blocks { ports = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17} }\n", 1,
	    "expected at most 16" },
	{ "blocks { max_new = 0 }\n", 1, "expected 1 to" },
	{ "blocks { max_blocks = -1 }\n", 1, "expected 1 to" },
	{ "history { days = 0 }\n", 1, "expected 1 to 3660" },
	{ "history { size = \"1KiB\" }\n", 1, "expected 1MiB or more" },
	{ "history { size = \"much\" }\n", 1, "expected 1MiB or more" },
	{ "blocks { maximum = 1 }\n", 1, "expected mode, backend, map" },
	{ "rule \"relay\" { }\n", 1, "expected relay-abuse, open-relay" },
	{ "rule \"harvest\" { }\nrule \"harvest\" { }\n", 2, "harvest" },
	{ "rule \"harvest\" {\n block = \"soon\" }\n", 2,
	    "expected a time such as 90s" },
	{ "rule \"open-relay\" {\n block = \"1h\"\n}\n", 3,
	    "block: it watches no clients" },
	{ "rule \"harvest\" { level \"panic\" { } }\n", 1,
	    "expected \"warn\" or \"act\"" },
	{ "rule \"harvest\" {\n level \"act\" { within = \"10\" } }\n", 2,
	    "expected a time such as 90s" },
	{ "rule \"harvest\" { level \"act\" { share = 101 } }\n", 1,
	    "expected 0 to 100" },
	{ "rule \"harvest\" { level \"act\" { count = -1 } }\n", 1,
	    "expected 0 to" },
	{ "rule \"harvest\" { level \"act\" { or_count = 1 } }\n", 1,
	    "expected count, within or share" },
	{ "rule \"harvest\" { limit = 1 }\n", 1,
	    "expected enabled, mail, block or level" },
	{ "mail { to = {\"a b\"} }\n", 1, "expected an address" },
	{ "mail {\n to = {\"a\", \"b\\r\\nBcc: c\"} }\n", 2, "\\015\\012Bcc" },
	{ "mail { from = \"<a@b>\" }\n", 1, "expected an address" },
	{ "mail {\n\n smarthost = \"mail.example.org\" }\n", 3,
	    "expected smtp://HOST:587" },
	{ "mail { smarthost = \"smtp://kim:secret@mail.example.org\" }\n", 1,
	    "expected smtp://HOST:587" },
	{ "mail { local = \"192.0.2.1:25\" }\n", 1,
	    "expected a loopback address and port" },
	{ "mail { local = \"127.0.0.1\" }\n", 1,
	    "expected a loopback address and port" },
	{ "mail { sendmail = \"sendmail\" }\n", 1,
	    "expected an absolute path" },
	{ "mail { ca = \"ca.pem\" }\n", 1, "expected an absolute path" },
	{ "mail { webhook = \"ftp://example.org/\" }\n", 1,
	    "expected https://HOST/PATH" },
	{ "mail { heartbeat = \"https://a b/\" }\n", 1,
	    "expected https://HOST/PATH" },
	{ "mail { ways = {\"fax\"} }\n", 1,
	    "expected smarthost, local, sendmail or webhook" },
	{ "mail { ways = {\"local\", \"local\"} }\n", 1, "each way once" },
	{ "mail { ways = {\"webhook\"} }\n", 1, "expected webhook to be set" },
	{ "mail { user = \"kim\" }\n", 1, "expected user and password" },
	{ "mail { user = \"kim\" password = \"x\" }\n", 1,
	    "expected a smarthost" },
	{ "mail { per_hour = 0 }\n", 1, "expected 1 to 200" },
	{ "mail { daily = \"7\" }\n", 1, "expected a time such as 07:00" },
	{ "mail { daily = \"24:00\" }\n", 1, "expected a time" },
	{ "data = \"relative\"\n", 1, "expected an absolute path" },
	{ "data = \"\"\n", 1, "expected an absolute path" },
	{ "user = \"\"\n", 1, "expected" },
};

static void
every_mistake_is_told_with_file_line_and_what_was_expected(void **state)
{
	struct config config;
	struct err err;
	char place[600];
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < NELEMS(mistakes); i++) {
		if (load(mistakes[i].text, &config, &err) == 0) {
			fprintf(stderr, "taken: %s", mistakes[i].text);
			config_free(&config);
			bad++;
			continue;
		}
		snprintf(
		    place, sizeof(place), "%s:%d: ", path, mistakes[i].line);
		if (strncmp(err.text, place, strlen(place)) != 0 ||
		    strstr(err.text, mistakes[i].words) == NULL) {
			fprintf(stderr, "%s  said: %s\n", mistakes[i].text,
			    err.text);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

static void
a_file_that_is_not_there_is_named(void **state)
{
	struct config config;
	struct err err;

	(void)state;
	assert_int_equal(
	    config_load(&config, "/nonexistent/mailweir.conf", &err), -1);
	assert_non_null(strstr(err.text, "/nonexistent/mailweir.conf: "));
	assert_non_null(strstr(err.text, "No such file"));
}

/* The names of options: in config.c's tables, or the manual's items. */
struct names {
	char name[128][32];
	size_t n;
};

static bool
has_name(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->name[i], name) == 0)
			return true;
	return false;
}

static void
add_name(struct names *names, const char *from, const char *end)
{
	char name[32];

	snprintf(name, sizeof(name), "%.*s", (int)(end - from), from);
	if (!has_name(names, name)) {
		assert_true(names->n < NELEMS(names->name));
		strcpy(names->name[names->n++], name);
	}
}

/* CFG_STR("listen", ...: the first text of each row. */
static void
names_of_tables(struct names *names, const char *file)
{
	char *text = feed_file(file);
	const char *at = text, *from, *end;

	assert_non_null(text);
	while ((at = strstr(at, "\tCFG_")) != NULL) {
		at++;
		from = strchr(at, '(');
		if (from == NULL || from[1] != '"')
			continue;
		end = strchr(from + 2, '"');
		add_name(names, from + 2, end);
	}
	free(text);
}

/* ".It Ic listen Ns = ...", ".Ic source Qq ...", several to a line */
static void
names_of_manual(struct names *names)
{
	char *text = feed_file("docs/mailweir.conf.5");
	struct slice rest, line, before;

	assert_non_null(text);
	rest = slice_of(text);
	while (slice_cut(&rest, SLICE("\n"), &line)) {
		if (!slice_begins(line, ".It Ic ") &&
		    !slice_begins(line, ".Ic "))
			continue;
		while (slice_cut(&line, SLICE("Ic "), &before)) {
			struct slice name = line;
			ptrdiff_t end = slice_find_char(line, ' ');

			if (end != -1)
				name.n = (size_t)end;
			add_name(names, name.p, name.p + name.n);
		}
	}
	free(text);
}

static void
the_manual_has_every_option_and_no_other(void **state)
{
	static struct names tables, manual;
	unsigned bad = 0;

	(void)state;
	names_of_tables(&tables, "agent/config.c");
	names_of_tables(&tables, "agent/config_systems.c");
	names_of_tables(&tables, "agent/config_blocks.c");
	names_of_tables(&tables, "agent/config_history.c");
	names_of_tables(&tables, "agent/config_mail.c");
	names_of_tables(&tables, "agent/config_rules.c");
	names_of_manual(&manual);
	assert_true(tables.n > 10);
	for (size_t i = 0; i < tables.n; i++) {
		if (!has_name(&manual, tables.name[i])) {
			fprintf(stderr, "not in mailweir.conf(5): %s\n",
			    tables.name[i]);
			bad++;
		}
	}
	for (size_t i = 0; i < manual.n; i++) {
		if (!has_name(&tables, manual.name[i])) {
			fprintf(
			    stderr, "not in config.c: %s\n", manual.name[i]);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

static void
the_sample_file_is_valid(void **state)
{
	struct config config;
	struct err err;

	(void)state;
	if (config_load(&config, "docs/mailweir.conf", &err) == -1)
		fail_msg("%s", err.text);
	config_free(&config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_gives_the_defaults),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_is_looked_at_has_options_of_its_own),
		cmocka_unit_test(the_ways_of_mail_are_those_that_are_set),
		cmocka_unit_test(blocks_only_observe_before_they_are_told),
		cmocka_unit_test(a_rule_is_changed_in_part),
		cmocka_unit_test(the_sample_shows_the_rules_as_they_are),
		cmocka_unit_test(a_capture_has_an_interface_and_ports),
		cmocka_unit_test(attachments_are_extensions_without_their_dot),
		cmocka_unit_test(a_journal_needs_no_path),
		cmocka_unit_test(the_log_counts_as_long_as_it_grows),
		cmocka_unit_test(each_log_of_multilogs_is_found),
		cmocka_unit_test(a_login_lets_relay_as_configured),
		cmocka_unit_test(
		    every_mistake_is_told_with_file_line_and_what_was_expected),
		cmocka_unit_test(a_file_that_is_not_there_is_named),
		cmocka_unit_test(the_manual_has_every_option_and_no_other),
		cmocka_unit_test(the_sample_file_is_valid),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
