// part_find.js - find a message: what became of it, on a time line
//
// The box and the page's filter are one: what is clicked elsewhere is looked
// for here, and what is looked for here narrows the tables.

import { setState, state } from "./state.js";
import { ask, bytes, count, id, make } from "./words.js";

const second = new Intl.DateTimeFormat(undefined,
    { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const seconds = new Intl.NumberFormat(undefined, { style: "unit",
	unit: "second", maximumFractionDigits: 1 });
const day = (at) => new Date(at * 1000).toDateString();

const good = ["received", "sent", "returned", "handed"];
const bad = ["bounced", "expired", "rejected"];

let shown = "";		// what is shown is not made anew: somebody reads it
let sought = null;	// nor is the box filled while somebody types

// Something to look for in turn.
function pick(text)
{
	const button = make("button", "pick", text === "" ? "<>" : text);

	button.type = "button";
	button.disabled = text === "";
	button.addEventListener("click", () => setState({ filter: text }));
	return button;
}

const said = (text) => text ? [": ", make("q", "", text)] : [];

function relay(event)
{
	const peer = event.peer && event.peer !== event.relay
	    ? `[${event.peer}]` : "";

	return event.relay || peer ? [` to ${event.relay ?? ""}${peer}`] : [];
}

function client(event)
{
	return [...event.client ? [" from client ", pick(event.client)] : [],
		...event.account ? [" as ", pick(event.account)] : []];
}

function received(event)
{
	const facts = [event.bytes && bytes(event.bytes),
		event.recipients && `recipients: ${count(event.recipients)}`,
		event.generated && "made by the mail system itself"];

	return ["sender ", pick(event.from), ...client(event),
		...facts.filter(Boolean).flatMap((fact) => [", ", fact])];
}

function rejected(event)
{
	return [event.reason.replaceAll("_", " "),
		event.temporary ? ", for now" : "", ...client(event),
		...event.from ? [", sender ", pick(event.from)] : [],
		...event.to ? [", for ", pick(event.to)] : [],
		...said([event.code, event.reply].filter(Boolean).join(" "))];
}

function delivery(event)
{
	return [...event.to ? ["for ", pick(event.to)] : [],
		...event.addressed && event.addressed !== event.to
		    ? [", addressed to ", pick(event.addressed)] : [],
		...event.mailer ? [` by ${event.mailer}`] : [], ...relay(event),
		...event.delay_ms
		    ? [`, after ${seconds.format(event.delay_ms / 1000)}`] : [],
		...said(event.reply)];
}

const words = {
	received, sized: received, rejected,
	returned: (event) => ["under another queue id, now ", pick(event.id),
		...event.original ? [", before ", pick(event.original)] : []],
	relayed: (event) => [`for elsewhere, by right of: ${event.relayed}`],
	verdict: (event) => [event.verdict],
};

function line(event, before)
{
	const at = new Date(event.at * 1000);
	// The day is said once.
	const when = make("time", "", before && day(before.at) === day(event.at)
	    ? clock.format(at) : second.format(at));
	const tone = bad.includes(event.kind) ? "bad"
	    : good.includes(event.kind) ? "good" : "fair";

	when.dateTime = at.toISOString();
	return make("li", tone, when, " ", make("b", "", event.kind), " ",
	    make("span", "", ...(words[event.kind] ?? delivery)(event)));
}

function message(row)
{
	const ids = [...new Set(row.events.map((event) => event.id)
	    .filter(Boolean))];
	const life = make("ol", "life", ...row.events.map((event, i) =>
	    line(event, row.events[i - 1])));

	if (row.cut)
		life.append(make("li", "fair", "and more"));
	return make("li", "",
	    make("h3", "", ids.length === 0 ? "Refused"
		: `Message ${ids.join(", ")}`, make("span", "quiet",
		` on ${row.host}`)), life);
}

function sentence(answer)
{
	if (state.filter === "")
		return "";
	if (answer === null)
		return "That can name no message: an address, a domain, a " +
		    "queue id, a Message-ID or a client's address can.";
	if (answer.messages.length === 0)
		return `Nothing that is kept names ${state.filter}.`;
	return answer.more
	    ? `The newest ${count(answer.messages.length)}; there are older ones.`
	    : `${count(answer.messages.length)} found.`;
}

// Only an address may have a blank, in a quoted local part.
const canName = (text) => text !== "" && text.length < 256 &&
    (text.includes("@") || !/\s/.test(text));

const find = async () => canName(state.filter)
    ? ask("messages", { filter: state.filter, host: state.host }) : null;

function show(answer)
{
	const key = JSON.stringify([state.filter, answer]);
	const box = id("find-form").elements.text;

	id("find-form").hidden = false;
	if (state.filter !== sought)
		box.value = sought = state.filter;
	if (key === shown)
		return;
	shown = key;
	id("find-said").textContent = sentence(answer);
	id("find-list").replaceChildren(
	    ...(answer?.messages ?? []).map(message));
}

id("find-form").addEventListener("submit", (event) => {
	event.preventDefault();
	setState({ filter: id("find-form").elements.text.value.trim() });
});

export const part = {
	name: "find",
	people: true,
	ask: find,
	show,
};
