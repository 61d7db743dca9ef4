// part_coverage.js - what is read, and how much of it is understood

import { fill, head, number } from "./tables.js";
import { count, id, make, percent } from "./words.js";

function captured({ packets, packets_dropped: dropped })
{
	if (packets + dropped === 0)
		return [];
	return [`${count(packets)} packets captured, ` + (dropped === 0
	    ? "none dropped" : `${count(dropped)} dropped`)];
}

// Shares and silence mean nothing where much is not seen.
function blindness({ silenced })
{
	return silenced === 0 ? [] : [silenced === 1
	    ? "1 rule is silent, for too little is seen"
	    : `${count(silenced)} rules are silent, for too little is seen`];
}

function sentences(coverage)
{
	const words = [`${count(coverage.lines)} lines read, ` +
	    `${percent(coverage.share)} understood`];

	if (coverage.unrecognised > 0)
		words.push(`${count(coverage.unrecognised)} not`);
	if (coverage.lost > 0)
		words.push(`${count(coverage.lost)} lost by the logger itself`);
	return [words.join(", "), ...captured(coverage), ...blindness(coverage),
		...coverage.statistics.map((file) => file.words).filter(Boolean),
	].map((sentence) => `${sentence}.`).join(" ");
}

function sourceRow(row)
{
	const name = head(row.title);
	const state = make("td", "words", row.state);

	name.title = row.path;
	state.title = row.trouble ?? "";
	return make("tr", "", name, state,
	    make("td", "words", row.format ?? ""), number(row.lines),
	    make("td", "", `${count(row.lag_seconds)} s`));
}

function show(overview)
{
	id("coverage-text").textContent = sentences(overview.coverage);
	fill("coverage-table", ["Source", "State", "Format", "Lines", "Behind"],
	    overview.coverage.sources.map(sourceRow),
	    "No source is being read.");
}

export const part = {
	name: "coverage",
	show: (answer, overview) => show(overview),
};
