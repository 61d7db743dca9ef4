/*
 * rules.c - the table of rules, with their defaults
 *
 * A rule is one row.  Its order here is that of the page and of the index in
 * struct alert_config.
 */
#include "alerts/measure.h"

#define MINUTES(n) ((n)*60u)
#define HOURS(n)   ((n)*3600u)

#define BIT(name) (1u << (name))
#define FAILURES  (BIT(EVENT_AUTH_FAILED) | BIT(EVENT_LOGIN_FAILED))
/* Some servers tell who authenticated with the message alone. */
#define SUCCESSES                                                              \
	(BIT(EVENT_AUTH_OK) | BIT(EVENT_LOGIN_OK) | BIT(EVENT_RECEIVED))
#define ATTEMPTS (BIT(EVENT_SENT) | BIT(EVENT_DEFERRED) | BIT(EVENT_BOUNCED))

/* What most rules know. */
#define KNOWS_RATE  (BIT(OPTION_COUNT) | BIT(OPTION_WITHIN))
#define KNOWS_OR    (BIT(OPTION_OR_COUNT) | BIT(OPTION_OR_WITHIN))
#define KNOWS_SHARE (KNOWS_RATE | BIT(OPTION_SHARE))
#define KNOWS_SURGE (KNOWS_RATE | BIT(OPTION_FACTOR))

#define RATE(n, seconds)                                                       \
	{                                                                      \
		[OPTION_COUNT] = (n), [OPTION_WITHIN] = (seconds)              \
	}
#define OR(n, seconds, or_n, or_seconds)                                       \
	{                                                                      \
		[OPTION_COUNT] = (n), [OPTION_WITHIN] = (seconds),             \
		[OPTION_OR_COUNT] = (or_n), [OPTION_OR_WITHIN] = (or_seconds)  \
	}
#define SHARE(n, seconds, percent)                                             \
	{                                                                      \
		[OPTION_COUNT] = (n), [OPTION_WITHIN] = (seconds),             \
		[OPTION_SHARE] = (percent)                                     \
	}
#define SURGE(n, times)                                                        \
	{                                                                      \
		[OPTION_COUNT] = (n), [OPTION_WITHIN] = HOURS(1),              \
		[OPTION_FACTOR] = (times)                                      \
	}

/* The first condition of a rule, and its "or". */
#define FIRST(of, events, what)                                                \
	{                                                                      \
		.kind = &(of), .wants = (events), .measure = (what),           \
		.limit = OPTION_COUNT, .within = OPTION_WITHIN                 \
	}
#define SECOND(of, events, what)                                               \
	{                                                                      \
		.kind = &(of), .wants = (events), .measure = (what),           \
		.limit = OPTION_OR_COUNT, .within = OPTION_OR_WITHIN           \
	}
#define GAUGE(from, option)                                                    \
	{                                                                      \
		.kind = &rule_level, .gauge = (from), .limit = (option),       \
		.within = OPTION_WITHIN                                        \
	}

const struct rule rules[ALERT_RULES] = {
	{
	    .name = "relay-abuse",
	    .help = "a client asks again and again to relay to elsewhere",
	    .what = "refused to relay",
	    .unit = "times",
	    .key = KEY_CLIENT,
	    .knows = KNOWS_RATE,
	    .defaults = { true, true, HOURS(1),
		{ RATE(2, MINUTES(10)), RATE(3, MINUTES(10)) } },
	    .conditions = { FIRST(
		rule_rate, BIT(EVENT_REJECTED), measure_relay_denied) },
	},
	{
	    .name = "open-relay",
	    .help = "a stranger's mail was taken for elsewhere",
	    .what = "relayed for strangers",
	    .unit = "times",
	    .key = KEY_HOST,
	    .critical = true,
	    .knows = KNOWS_RATE,
	    .defaults = { true, true, 0, { { 0 }, RATE(1, HOURS(1)) } },
	    .conditions = { FIRST(
		rule_rate, BIT(EVENT_RELAYED), measure_relay_open) },
	},
	{
	    .name = "harvest",
	    .help = "a client guesses recipients",
	    .what = "asked for unknown recipients",
	    .unit = "%",
	    .key = KEY_CLIENT,
	    .knows = KNOWS_SHARE,
	    .defaults = { true, false, HOURS(1),
		{ SHARE(10, MINUTES(10), 60), SHARE(25, MINUTES(10), 60) } },
	    .conditions = { FIRST(rule_share,
		BIT(EVENT_REJECTED) | BIT(EVENT_RECEIVED) | BIT(EVENT_SIZED),
		measure_recipients_unknown) },
	},
	{
	    .name = "password-guessing",
	    .help = "a client guesses passwords, or accounts",
	    .what = "gave wrong passwords",
	    .unit = "times",
	    .key = KEY_CLIENT,
	    .knows = KNOWS_RATE | KNOWS_OR,
	    .defaults = { true, false, HOURS(1),
		{ RATE(5, MINUTES(10)), OR(10, MINUTES(10), 3, HOURS(2)) } },
	    .conditions = { FIRST(rule_rate, FAILURES, measure_failure),
		SECOND(rule_distinct, FAILURES, measure_failure_account) },
	},
	{
	    .name = "account-under-attack",
	    .help = "many networks guess the password of one account",
	    .what = "had its password guessed from networks",
	    .unit = "networks",
	    .key = KEY_ACCOUNT,
	    .knows = KNOWS_RATE,
	    .defaults = { true, true, 0,
		{ RATE(10, HOURS(1)), RATE(30, HOURS(1)) } },
	    .conditions = { FIRST(
		rule_distinct, FAILURES, measure_failure_network) },
	},
	{
	    .name = "account-volume",
	    .help = "an account sends to very many recipients",
	    .what = "sent to recipients",
	    .unit = "times",
	    .key = KEY_ACCOUNT,
	    .knows = KNOWS_RATE | KNOWS_OR,
	    .defaults = { true, true, 0,
		{ OR(200, HOURS(1), 500, HOURS(24)),
		    OR(300, HOURS(1), 1000, HOURS(24)) } },
	    .conditions = { FIRST(rule_rate,
				BIT(EVENT_RECEIVED) | BIT(EVENT_SIZED),
				measure_recipients),
		SECOND(rule_rate, BIT(EVENT_RECEIVED) | BIT(EVENT_SIZED),
		    measure_recipients) },
	},
	{
	    .name = "account-spread",
	    .help = "an account signs in from many networks",
	    .what = "signed in from networks",
	    .unit = "networks",
	    .key = KEY_ACCOUNT,
	    .knows = KNOWS_RATE,
	    .defaults = { true, true, 0,
		{ RATE(3, MINUTES(5)), RATE(5, HOURS(1)) } },
	    .conditions = { FIRST(
		rule_distinct, SUCCESSES, measure_success_network) },
	},
	{
	    .name = "account-bounces",
	    .help = "much of what an account sends cannot be delivered",
	    .what = "sent what was not delivered",
	    .unit = "%",
	    .key = KEY_ACCOUNT,
	    .knows = KNOWS_SHARE,
	    .defaults = { true, true, 0,
		{ SHARE(20, HOURS(1), 25), SHARE(20, HOURS(1), 50) } },
	    .conditions = { FIRST(rule_share, ATTEMPTS, measure_undelivered) },
	},
	{
	    .name = "probing",
	    .help = "a client tries VRFY, EXPN, other protocols or talks "
		    "before the greeting",
	    .what = "probed",
	    .unit = "times",
	    .key = KEY_CLIENT,
	    .knows = KNOWS_RATE,
	    .defaults = { true, false, HOURS(1),
		{ RATE(3, MINUTES(10)), RATE(6, MINUTES(10)) } },
	    .conditions = { FIRST(rule_rate, BIT(EVENT_PROBE), measure_probe) },
	},
	{
	    .name = "spam-source",
	    .help = "most of a client's mail is spam or carries viruses",
	    .what = "sent spam or viruses",
	    .unit = "%",
	    .key = KEY_CLIENT,
	    .knows = KNOWS_SHARE,
	    .defaults = { true, true, 0,
		{ SHARE(5, HOURS(1), 80), SHARE(10, HOURS(1), 80) } },
	    .conditions = { FIRST(rule_share,
		BIT(EVENT_VERDICT) | BIT(EVENT_RECEIVED), measure_bad_mail) },
	},
	{
	    .name = "outbreak",
	    .help = "many clients send messages of one subject (of the wire)",
	    .what = "came from clients",
	    .unit = "clients",
	    .key = KEY_SUBJECT,
	    .knows = KNOWS_RATE,
	    .defaults = { true, true, 0,
		{ RATE(20, MINUTES(10)), RATE(50, HOURS(1)) } },
	    .conditions = { FIRST(
		rule_distinct, BIT(EVENT_RECEIVED), measure_subject) },
	},
	{
	    .name = "cleartext-credentials",
	    .help = "an account's password was sent unencrypted, and taken "
		    "(of the wire)",
	    .what = "sent its password unencrypted",
	    .unit = "times",
	    .key = KEY_ACCOUNT,
	    .knows = KNOWS_RATE,
	    .defaults = { true, true, 0, { { 0 }, RATE(1, HOURS(24)) } },
	    .conditions = { FIRST(
		rule_rate, BIT(EVENT_CLEARTEXT), measure_cleartext) },
	},
	{
	    .name = "reject-surge",
	    .help = "many times the usual rejects",
	    .what = "rejects in an hour",
	    .unit = "times",
	    .key = KEY_HOST,
	    .knows = KNOWS_SURGE,
	    .defaults = { true, true, 0, { SURGE(100, 3), SURGE(100, 6) } },
	    .conditions = { FIRST(
		rule_surge, BIT(EVENT_REJECTED), measure_rejected) },
	},
	{
	    .name = "bounce-surge",
	    .help = "many times the usual share of bounces",
	    .what = "of the hour's deliveries bounced",
	    .unit = "%",
	    .key = KEY_HOST,
	    .knows = KNOWS_SURGE,
	    .defaults = { true, true, 0, { SURGE(20, 3), SURGE(20, 6) } },
	    .conditions = { FIRST(rule_surge, ATTEMPTS, measure_bounced) },
	},
	{
	    .name = "defer-surge",
	    .help = "many times the usual share of deferrals",
	    .what = "of the hour's deliveries deferred",
	    .unit = "%",
	    .key = KEY_HOST,
	    .knows = KNOWS_SURGE,
	    .defaults = { true, true, 0, { SURGE(20, 3), SURGE(20, 6) } },
	    .conditions = { FIRST(rule_surge, ATTEMPTS, measure_deferred) },
	},
	{
	    .name = "silence",
	    .help = "no message for much longer than the longest usual gap",
	    .what = "without a message",
	    .unit = "s",
	    .key = KEY_HOST,
	    .knows = BIT(OPTION_FACTOR) | BIT(OPTION_AGE) | BIT(OPTION_WITHIN),
	    .defaults = { true, true, 0,
		{ { 0 }, { [OPTION_FACTOR] = 3,
			     [OPTION_AGE] = MINUTES(10),
			     [OPTION_WITHIN] = MINUTES(1) } } },
	    .conditions = { { .kind = &rule_silence,
		.wants = BIT(EVENT_RECEIVED),
		.measure = measure_message,
		.limit = OPTION_FACTOR,
		.within = OPTION_WITHIN } },
	},
	{
	    .name = "queue-age",
	    .help = "a message waits too long in the queue",
	    .what = "since the oldest message waits",
	    .unit = "s",
	    .key = KEY_HOST,
	    .knows = BIT(OPTION_AGE) | BIT(OPTION_WITHIN),
	    .defaults = { true, true, 0,
		{ { [OPTION_AGE] = HOURS(1), [OPTION_WITHIN] = MINUTES(10) },
		    { [OPTION_AGE] = HOURS(4),
			[OPTION_WITHIN] = MINUTES(10) } } },
	    .conditions = { GAUGE(GAUGE_OLDEST, OPTION_AGE) },
	},
	{
	    .name = "blind",
	    .help = "the agent does not see all of the mail",
	    .what = "seen badly",
	    .unit = "",
	    .key = KEY_HOST,
	    .knows = BIT(OPTION_COVERAGE) | BIT(OPTION_LAG) |
		     BIT(OPTION_DROPPED) | BIT(OPTION_WITHIN),
	    .defaults = { true, true, 0,
		{ { 0 }, { [OPTION_COVERAGE] = 95,
			     [OPTION_LAG] = MINUTES(1),
			     [OPTION_DROPPED] = 1,
			     [OPTION_WITHIN] = MINUTES(10) } } },
	    .conditions = { { .kind = &rule_level,
				.gauge = GAUGE_COVERAGE,
				.limit = OPTION_COVERAGE,
				.within = OPTION_WITHIN,
				.below = true },
		GAUGE(GAUGE_LAG, OPTION_LAG),
		GAUGE(GAUGE_DROPS, OPTION_DROPPED) },
	},
	{
	    .name = "wire-log",
	    .help = "the wire and the log do not tell of the same mail",
	    .what = "of the messages were on the wire or in the log alone",
	    .unit = "%",
	    .key = KEY_HOST,
	    .knows = KNOWS_SHARE,
	    .defaults = { true, true, 0,
		{ SHARE(3, HOURS(1), 1), SHARE(10, HOURS(1), 5) } },
	    .conditions = { FIRST(rule_share,
		BIT(EVENT_MISSING) | BIT(EVENT_RECEIVED), measure_missing) },
	},
	{
	    .name = "rogue-sender",
	    .help = "somebody else than the mail system sends mail from here",
	    .what = "sent mail past the mail system",
	    .unit = "times",
	    .key = KEY_ACCOUNT,
	    .knows = KNOWS_RATE,
	    .defaults = { true, true, 0, { { 0 }, RATE(1, HOURS(1)) } },
	    .conditions = { FIRST(rule_rate, BIT(EVENT_ROGUE), measure_rogue) },
	},
};

static const struct {
	const char *name;
	enum alert_unit unit;
} options[ALERT_OPTIONS] = {
#define ALERT_OPTION_ROW(name, word, unit) { word, IN_##unit },
	ALERT_OPTION_TABLE(ALERT_OPTION_ROW)
#undef ALERT_OPTION_ROW
};

const char *
alert_option_name(enum alert_option option)
{
	return options[option].name;
}

enum alert_unit
alert_option_unit(enum alert_option option)
{
	return options[option].unit;
}

void
alerts_defaults(struct alert_config *config)
{
	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < ALERT_RULES; i++)
		config->rules[i] = rules[i].defaults;
}

int
alerts_find_rule(struct slice name)
{
	for (int i = 0; i < ALERT_RULES; i++)
		if (slice_eq(name, slice_of(rules[i].name)))
			return i;
	return -1;
}

const char *
alerts_rule_name(size_t rule)
{
	return rules[rule].name;
}

enum alert_key
alerts_rule_key(size_t rule)
{
	return rules[rule].key;
}

bool
alerts_rule_knows(size_t rule, enum alert_option option)
{
	return (rules[rule].knows & BIT(option)) != 0;
}

const char *
alert_level_name(enum alert_level level)
{
	return level == LEVEL_WARN ? "warn" : "act";
}

const char *
alert_key_name(enum alert_key key)
{
	static const char *const names[] = { "host", "client", "account",
		"subject", "agent" };

	return names[key];
}

const char *
incident_action_name(enum incident_action action)
{
	static const char *const names[] = { "alert", "block", "spared",
		"observed", "none" };

	return names[action];
}
