// part_attention.js - what somebody should look at now, each with its button

import { nameButton, replace } from "./listing.js";
import { setState, state } from "./state.js";
import { ask, change, count, duration, id, make, shortTime } from "./words.js";

const say = (text) => { id("attention-said").textContent = text; };
const again = () => part.ask().then(part.show, () => {});

function button(words, label, does)
{
	const element = make("button", "", words);

	element.type = "button";
	element.setAttribute("aria-label", label);
	element.dataset.key = label;
	element.addEventListener("click", () => does(element));
	return element;
}

async function alter(element, wrong, right)
{
	element.disabled = true;
	say(await wrong() ?? right);
	await again();
}

function showEvidence(row)
{
	const item = document.querySelector(
	    `#alerts-list [data-number="${row.number}"]`);

	for (let box = item?.closest("details"); box;
	    box = box.parentElement.closest("details"))
		box.open = true;
	for (const box of item?.querySelectorAll(":scope > details") ?? [])
		box.open = true;
	(item ?? id("alerts")).scrollIntoView();
	(item?.querySelector("summary") ?? id("alerts")).focus();
}

function findMessages(name)
{
	setState({ filter: name });
	(id("find") ?? id("filter")).scrollIntoView();
}

// A client is blocked or let in again; of others the evidence is shown.
function incidentButton(row)
{
	if (row.kind !== "client")
		return button("Show", `Show the evidence: ${row.key}`,
		    () => showEvidence(row));
	if (row.blocked !== null)
		return button("Unblock", `Unblock client ${row.blocked}`,
		    (element) => alter(element, () => change("DELETE",
			`blocks/${encodeURIComponent(row.blocked)}`),
			`${row.blocked} is not blocked any more.`));
	return button("Block", `Block client ${row.key} for an hour`, (element) =>
	    alter(element, () => change("POST", "blocks", { address: row.key,
		for: "1h", reason: row.rule }),
		`${row.key} is blocked for an hour.`));
}

const row = (level, badge, name, words, action) => make("li", `wants ${level}`,
    make("span", "badge", badge),
    make("div", "", nameButton(name), make("p", "", words)), action);

const incident = (one) => row(one.level, one.rule, one.key,
    `${one.sentence}, since ${shortTime(one.first)}`, incidentButton(one));

const account = (one) => row("warn", `risk ${count(one.risk)}`, one.account,
    `${one.words}, since ${shortTime(one.lately.since)}`,
    button("Find messages", `Find messages of ${one.account}`,
	() => findMessages(one.account)));

const destination = (one, now) => row("warn", "defers", one.destination,
    `since ${shortTime(one.since)} (${duration(now - one.since)}), ` +
	`${count(one.streak)} times: ${one.reply}`,
    button("Find messages", `Find messages to ${one.destination}`,
	() => findMessages(one.destination)));

function group(title, rows, total)
{
	const left = total - rows.length;

	return rows.length === 0 ? [] : [make("h3", "", title),
		make("ul", "attention", ...rows, ...left > 0
		    ? [make("li", "quiet", `and ${count(left)} more`)] : [])];
}

export const part = {
	name: "attention",
	people: true,
	news: ["alerts", "blocks"],
	ask: () => ask("attention", { limit: 5, host: state.host,
		filter: state.filter }),
	show(answer) {
		const { now } = answer;
		const all = answer.incidents_total + answer.accounts_total +
		    answer.destinations_total;

		id("attention-count").textContent = all === 0 ? "" : count(all);
		replace(id("attention-list"), all === 0
		    ? [make("p", "empty", "Nothing needs attention.")]
		    : [...group("Incidents", answer.incidents.map(incident),
			answer.incidents_total),
			...group("Accounts by risk",
			    answer.accounts.map(account),
			    answer.accounts_total),
			...group("Destinations that defer",
			    answer.destinations.map((one) =>
				destination(one, now)),
			    answer.destinations_total)]);
	},
};
