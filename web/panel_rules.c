/* panel_rules.c - the rules with their thresholds, and how they stand */
#include "web/json.h"
#include "web/panel.h"

static const char *
alert_unit_name(enum alert_unit unit)
{
	return unit == IN_SPAN ? "s" : unit == IN_PERCENT ? "%" : "times";
}

/* {"count": 3, "within": 600}; null where the level is not used. */
static json_t *
level(const struct alert_rule *rule, size_t index, enum alert_level which)
{
	const uint32_t *values = rule->config.levels[which];
	json_t *json = json_object();
	bool used = false;

	for (enum alert_option o = 0; o < ALERT_OPTIONS; o++) {
		if (!alerts_rule_knows(index, o) || values[o] == 0)
			continue;
		used |= o != OPTION_WITHIN;
		json_object_set_new(
		    json, alert_option_name(o), json_integer(values[o]));
	}
	if (used)
		return json;
	json_decref(json);
	return json_null();
}

static json_t *
units(size_t index)
{
	json_t *json = json_object();

	for (enum alert_option o = 0; o < ALERT_OPTIONS; o++)
		if (alerts_rule_knows(index, o))
			json_object_set_new(json, alert_option_name(o),
			    json_string(alert_unit_name(alert_option_unit(o))));
	return json;
}

/* What each level, and the block, would have come to; null: there is none. */
static json_t *
fired(const struct panel_question *question, const struct alert_rule *rule,
    size_t index, const json_t *levels)
{
	const struct alerts *alerts = question->sources->alerts;
	int64_t now = question->status.now;
	struct alert_fired n = alerts_rule_fired(alerts, index, now);
	bool warns = !json_is_null(json_object_get(levels, "warn"));
	bool blocks = rule->config.block != 0 && rule->key == KEY_CLIENT;

	return json_pack("{s:o,s:o,s:o,s:i}", "warn",
	    warns ? json_whole(n.warn) : json_null(), "act", json_whole(n.act),
	    "blocked", blocks ? json_whole(n.blocked) : json_null(), "days",
	    (int)alerts_days(alerts, now));
}

static json_t *
rule_json(const struct panel_question *question, const struct alert_rule *rule,
    size_t index)
{
	json_t *levels = json_object(), *past;

	for (enum alert_level l = 0; l < ALERT_LEVELS; l++)
		json_object_set_new(
		    levels, alert_level_name(l), level(rule, index, l));
	past = fired(question, rule, index, levels);
	return json_pack(
	    "{s:s,s:s,s:s,s:s,s:b,s:b,s:I,s:o,s:o,s:I,s:I,s:b,s:o}", "name",
	    rule->name, "kind", rule->kind, "help", rule->help, "key",
	    alert_key_name(rule->key), "enabled", rule->config.enabled, "mail",
	    rule->config.mail, "block", (json_int_t)rule->config.block,
	    "levels", levels, "units", units(index), "keys",
	    (json_int_t)rule->keys, "open", (json_int_t)rule->open, "silenced",
	    rule->silenced, "fired", past);
}

static json_t *
data(const struct panel_question *question, struct err *err)
{
	json_t *rules = json_array();

	(void)err;
	for (size_t i = 0; i < alerts_rule_count(); i++) {
		struct alert_rule rule =
		    alerts_rule(question->sources->alerts, i);

		json_array_append_new(rules, rule_json(question, &rule, i));
	}
	return json_pack("{s:I,s:o}", "now", (json_int_t)question->status.now,
	    "rules", rules);
}

const struct web_panel panel_rules = {
	.name = "rules",
	.names_people = true,
	.data = data,
};
