// part_alerts.js - what is or was the matter, with the evidence
//
// Keys and evidence were written by strangers: they become text nodes, never
// markup.

import { state } from "./state.js";
import { ask, count, id, make, shortTime, span } from "./words.js";

const did = {
	block: (row) => `blocked for ${span(row.block_seconds)}`,
	spared: () => "spared: it has delivered good mail",
	observed: () => "not blocked: only observing",
	alert: () => "",
	none: () => "read back from the log: nothing was done",
};

const first = 5;	// incidents that stand open; the rest is one click away

function counted(title, rows)
{
	const list = make("ul", "counted");

	list.append(...rows.map((row) => make("li", "",
	    make("b", "", count(row.count)), " ", row.text)));
	return [make("h4", "", title), list];
}

// The lines, who and what: as elements.
export function evidence(found)
{
	const lines = make("ol", "lines");

	lines.append(...found.lines.map((line) => make("li", "",
	    make("code", "", line))));
	return [
		...(found.lines.length > 0 ? [lines] : []),
		...(found.clients.length > 0
		    ? counted("Clients", found.clients) : []),
		...(found.replies.length > 0
		    ? counted("What others answered", found.replies) : []),
	];
}

function incident(row)
{
	const stage = row.open ? "open" : row.past ? "past" : "over";
	const item = make("li", `incident ${row.level} ${stage}`,
	    make("p", "what",
		make("span", "badge", row.open ? row.level : stage), " ",
		make("b", "", row.rule), " ", make("span", "key", row.key)),
	    make("p", "", [row.sentence, did[row.action]?.(row)]
		.filter(Boolean).join("; ")),
	    make("p", "quiet", `${shortTime(row.first)} – ` +
		`${shortTime(row.last)}, ${count(row.count)} in all, ` +
		`host ${row.host}`));

	item.dataset.number = row.number;
	if (row.evidence !== null)
		item.append(make("details", "", make("summary", "", "Evidence"),
		    ...evidence(row.evidence)));
	return item;
}

// All that are not shown at once: a list in the list.
function others(answer)
{
	const more = make("ul", "incidents",
	    ...answer.alerts.slice(first).map(incident));
	const left = answer.matching - answer.alerts.length;
	const box = make("details", "more",
	    make("summary", "", `${answer.alerts.length - first} more`), more);

	if (left > 0)
		more.append(make("li", "quiet", `and ${count(left)} older ones`));
	box.open = moreIsOpen();
	return make("li", "others", box);
}

function moreIsOpen()
{
	return document.querySelector("#alerts-list details.more")?.open ?? false;
}

function show(answer)
{
	const list = id("alerts-list");
	// What somebody reads stays open.
	const read = new Set([...list.querySelectorAll("[data-number] > details[open]")].map(
	    (box) => box.parentElement.dataset.number));

	id("alerts-count").textContent = answer.total === 0 ? ""
	    : `${count(answer.open)} open, ${count(answer.total)} in all`;
	list.replaceChildren(...answer.alerts.slice(0, first).map(incident));
	if (answer.alerts.length > first)
		list.append(others(answer));
	if (answer.alerts.length === 0)
		list.append(make("li", "empty", state.filter === ""
		    ? "Nothing has been the matter."
		    : "No incident contains the filter."));
	for (const item of list.querySelectorAll("[data-number]"))
		if (read.has(item.dataset.number))
			item.querySelector("details").open = true;
}

export const part = {
	name: "alerts",
	people: true,
	news: ["alerts"],
	ask: () => ask("alerts", { limit: 20, filter: state.filter }),
	show,
};
