// part_rules.js - the rules, their thresholds, and what they would come to

import { fill, head } from "./tables.js";
import { ask, count, id, make, percent, span } from "./words.js";

// {count: 3, within: 600} is "3 in 10 min".
function threshold(level, units)
{
	if (level === null)
		return "–";
	const word = (name) => units[name] === "s" ? span(level[name])
	    : units[name] === "%" ? percent(level[name] / 100)
	    : count(level[name]);
	const say = (name, before, behind = "") => name in level
	    ? [`${before}${word(name)}${behind}`] : [];
	const counted = [
		...say("count", ""),
		...say("share", ""),
		...say("times", "", " × the usual"),
	];
	const whole = counted.length === 0 ? []
	    : [`${counted.join(" and ")}${
		  "count" in level ? say("within", " in ") : ""}`];

	return [
		...whole,
		...("or_count" in level
		    ? [`${word("or_count")} in ${word("or_within")}`] : []),
		...say("age", whole.length === 0 ? "older than " : "after "),
		...say("coverage", "less than ", " understood"),
		...say("lag", "behind by "),
		...say("dropped", "", " of packets dropped"),
	].join(", or ").replace(", or after", " after");
}

// How often in the past 30 days; null: there is no such level, no block.
function fired(value)
{
	return make("td", value === 0 ? "zero" : "", count(value));
}

function show(answer)
{
	const days = answer.rules[0]?.fired.days ?? 0;

	id("rules-days").textContent = "How often each would have warned, " +
	    "acted and blocked " + (days === 1
	    ? "today, the one day that is known"
	    : `within the last ${count(days)} days`);
	fill("rules-table", ["Rule", "Judges each", "Warn", "Warned", "Act",
	    "Acted", "Then", "Blocked", "Open"],
	    answer.rules.map((rule) => {
		const name = head(rule.name);
		const then = !rule.enabled ? "switched off"
		    : rule.silenced ? "silent: too little is seen"
		    : rule.block > 0 ? `block for ${span(rule.block)}`
		    : "alert";

		name.title = rule.help;
		return make("tr", rule.enabled ? "" : "off", name,
		    make("td", "words", rule.key),
		    make("td", "words", threshold(rule.levels.warn, rule.units)),
		    fired(rule.fired.warn),
		    make("td", "words", threshold(rule.levels.act, rule.units)),
		    fired(rule.fired.act),
		    make("td", "words", then),
		    fired(rule.fired.blocked),
		    make("td", rule.open === 0 ? "zero" : "", count(rule.open)));
	    }), "There are no rules.");
}

export const part = {
	name: "rules",
	people: true,
	news: ["alerts"],
	ask: () => ask("rules", {}),
	show,
};
