// part_coverage.js - what is read, and how much of it is understood
//
// Shapes are masked, but a stranger may have chosen their words: they become
// text, and only who is signed in gets them.

import { fill, head, number } from "./tables.js";
import { ask, count, duration, id, make, percent } from "./words.js";

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

// What was read and could not be kept.
function losses({ dropped, history_dropped: unwritten })
{
	const words = [];

	if (dropped > 0)
		words.push(`${count(dropped)} forgotten, for too many messages ` +
		    "or sessions were under way");
	if (unwritten > 0)
		words.push(`${count(unwritten)} events not in the message ` +
		    "history, for the disk was too slow");
	return words;
}

function sentences(coverage, counts)
{
	const words = [`${count(coverage.lines)} lines read, ` +
	    `${percent(coverage.share)} understood`];

	if (coverage.unrecognised > 0)
		words.push(`${count(coverage.unrecognised)} not`);
	if (coverage.lost > 0)
		words.push(`${count(coverage.lost)} lost by the logger itself`);
	return [words.join(", "), ...losses(counts), ...captured(coverage),
		...blindness(coverage), ...coverage.statistics
		    .map((file) => file.words).filter(Boolean),
	].map((sentence) => `${sentence}.`).join(" ");
}

function sourceRow(row)
{
	const name = head(row.title);
	const state = make("td", "text", row.state);

	name.append(make("span", "path", row.path ?? ""));
	if (row.trouble !== null)
		state.append(make("strong", "trouble", row.trouble));
	return make("tr", "", name, state,
	    make("td", "words", row.format ?? ""), number(row.lines),
	    make("td", "", duration(row.lag_seconds)));
}

function showShapes(shapes)
{
	id("coverage-shapes").hidden = shapes === null;
	if (shapes === null)
		return;
	fill("shapes-table", ["Lines that look like this", "How many"],
	    shapes.top.map((row) => make("tr", "",
		make("td", "text", make("code", "", row.text)),
		number(row.count))),
	    "Since the agent was started every line was understood.",
	    shapes.others === 0 ? null : make("tfoot", "", make("tr", "",
		head("of other shapes"), number(shapes.others))));
}

function programFigures({ recognised, ignored, unrecognised })
{
	return [number(recognised + ignored + unrecognised), number(recognised),
		number(ignored), number(unrecognised)];
}

function showPrograms(programs)
{
	id("coverage-programs").hidden = programs === null;
	if (programs === null)
		return;
	fill("programs-table", ["Program", "Lines", "Recognised",
		"Of no account", "Not understood"],
	    programs.top.map((row) => make("tr", "", head(row.program),
		...programFigures(row))),
	    "No mail program has written a line yet.",
	    make("tfoot", "", make("tr", "",
		head("all others"), ...programFigures(programs.others))));
}

function show(health, overview)
{
	id("coverage-text").textContent = sentences(overview.coverage,
	    health.counts);
	fill("coverage-table", ["Source", "State", "Format", "Lines", "Behind"],
	    overview.coverage.sources.map(sourceRow),
	    "No source is being read.");
	showPrograms(health.programs);
	showShapes(health.shapes);
}

export const part = {
	name: "coverage",
	ask: () => ask("health", {}),
	show,
};
