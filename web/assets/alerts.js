// alerts.js - what is the matter, who is blocked, and the rules behind it
//
// Keys, reasons and evidence were written by strangers: they become text
// nodes, never markup.

import { fill, head } from "./tables.js";
import { change, count, id, make, percent, shortTime, span } from "./words.js";

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

function evidence(row)
{
	const found = row.evidence;
	const box = make("details", "", make("summary", "", "Evidence"));

	if (found.lines.length > 0) {
		const lines = make("ol", "lines");

		lines.append(...found.lines.map((line) => make("li", "",
		    make("code", "", line))));
		box.append(lines);
	}
	if (found.clients.length > 0)
		box.append(...counted("Clients", found.clients));
	if (found.replies.length > 0)
		box.append(...counted("What others answered", found.replies));
	return box;
}

function incident(row)
{
	const state = row.open ? "open" : row.past ? "past" : "over";
	const item = make("li", `incident ${row.level} ${state}`,
	    make("p", "what",
		make("span", "badge", row.open ? row.level : state), " ",
		make("b", "", row.rule), " ", make("span", "key", row.key)),
	    make("p", "", [row.sentence, did[row.action]?.(row)]
		.filter(Boolean).join("; ")),
	    make("p", "quiet", `${shortTime(row.first)} – ` +
		`${shortTime(row.last)}, ${count(row.count)} in all, ` +
		`host ${row.host}`));

	item.dataset.number = row.number;
	if (row.evidence !== null)
		item.append(evidence(row));
	return item;
}

// All that are not shown at once: a list in the list.
function others(answer)
{
	const more = make("ul", "incidents",
	    ...answer.alerts.slice(first).map(incident));
	const left = answer.total - answer.alerts.length;
	const box = make("details", "more",
	    make("summary", "", `${answer.alerts.length - first} more`), more);

	if (left > 0)
		more.append(make("li", "quiet", `and ${count(left)} older ones`));
	box.open = moreIsOpen();
	return make("li", "others", box);
}

function moreIsOpen()
{
	return document.querySelector("#alerts details.more")?.open ?? false;
}

export function showAlerts(answer)
{
	const list = id("alerts");
	// What somebody reads stays open.
	const read = new Set([...list.querySelectorAll("[data-number] > details[open]")].map(
	    (box) => box.parentElement.dataset.number));

	id("alerts-ask").hidden = true;
	id("alerts-count").textContent = answer.total === 0 ? ""
	    : `${count(answer.open)} open, ${count(answer.total)} in all`;
	list.replaceChildren(...answer.alerts.slice(0, first).map(incident));
	if (answer.alerts.length > first)
		list.append(others(answer));
	if (answer.alerts.length === 0)
		list.append(make("li", "empty", "Nothing has been the matter."));
	for (const item of list.querySelectorAll("[data-number]"))
		if (read.has(item.dataset.number))
			item.querySelector("details").open = true;
}

let again = null;	// to ask for the lists anew

function say(text)
{
	id("blocks-said").textContent = text;
}

async function unblock(button, address)
{
	button.disabled = true;
	say(await change("DELETE", `blocks/${encodeURIComponent(address)}`) ??
	    `${address} is not blocked any more.`);
	button.disabled = false;
	again();
}

function blockRow(row)
{
	const button = make("button", "", "Unblock");
	const why = [row.rule ?? "by hand", row.reason].filter(Boolean);
	const name = head(row.address, "person");

	button.type = "button";
	button.setAttribute("aria-label", `Unblock ${row.address}`);
	button.addEventListener("click", () => unblock(button, row.address));
	return make("tr", "", name, make("td", "", button),
	    make("td", "text", why.join(": ")),
	    make("td", "words", shortTime(row.at)),
	    make("td", "words", shortTime(row.until)),
	    make("td", "words", row.enforced ? "yes" : "not yet"));
}

export function showBlocks(answer)
{
	const observing = answer.mode === "observe";

	id("blocks-ask").hidden = true;
	id("block-form").hidden = false;
	id("blocks-count").textContent = `${count(answer.total)} blocked, ` +
	    `${count(answer.enforced)} enforced by ${answer.backend}`;
	id("blocks-mode").hidden = !observing;
	fill("blocks", ["Who", "", "Why", "Since", "Until", "Enforced"],
	    answer.blocks.map(blockRow), "Nobody is blocked.");
}

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

export function showRules(answer)
{
	id("rules-ask").hidden = true;
	fill("rules", ["Rule", "Judges each", "Warn", "Act", "Then", "Open"],
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
		    make("td", "words", threshold(rule.levels.act, rule.units)),
		    make("td", "words", then),
		    make("td", rule.open === 0 ? "zero" : "", count(rule.open)));
	    }), "There are no rules.");
}

// The form: block by hand.
export function listenToForm(refresh)
{
	again = refresh;
	id("block-form").addEventListener("submit", async (event) => {
		const form = event.target;
		const address = form.elements.address.value.trim();

		event.preventDefault();
		const wrong = await change("POST", "blocks", { address,
			for: form.elements.for.value,
			reason: form.elements.reason.value.trim() });

		say(wrong ?? `${address} is blocked.`);
		if (wrong === null)
			form.reset();
		again();
	});
}
