// part_events.js - what just happened, as it comes
//
// The agent tells at most 20 events a second and counts the rest; the page
// keeps the newest rows and paints once a frame, so that a flood costs it no
// more than that.  Every text was chosen by strangers: text nodes only.

import { setState, state } from "./state.js";
import { ask, count, id, make, time } from "./words.js";

const most = 300;	// rows
const titles = ["Time", "What", "Host", "Client", "Account", "From", "To",
	"Words"];
const signs = { received: "good", sent: "good", auth_ok: "good",
	login_ok: "good", deferred: "later", quarantined: "later",
	discarded: "later", probe: "later", cleartext: "later",
	rejected: "bad", bounced: "bad", expired: "bad", auth_failed: "bad",
	login_failed: "bad" };
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

const box = id("events-filter");
const body = make("tbody");
let kept = [];		// the newest first
let waiting = [];	// to be painted in the next frame, the newest first
let number = 0;		// of the last event that was heard of; 0: of none
let untold = 0;		// that were counted, not told
let paused = false;
let meanwhile = 0;	// since it is paused

const named = (kind) => kind.replaceAll("_", " ");
const wanted = () => (box.value.trim() || state.filter).toLowerCase();

function isShown(event)
{
	const text = wanted();

	return (state.host === "" || event.host === state.host) &&
	    (text === "" || [event.kind, named(event.kind), event.host, event.client,
		event.account, event.from, event.to, event.words].some((one) =>
		(one ?? "").toLowerCase().includes(text)));
}

// A name filters the page.
function nameCell(text, title)
{
	const cell = make("td", "text");

	if (text) {
		const button = make("button", "name", text);

		cell.dataset.title = title;
		button.type = "button";
		button.title = text;
		cell.append(button);
	}
	return cell;
}

function eventRow(event)
{
	const when = make("time", "", clock.format(event.when * 1000));
	const words = named(event.kind) +
	    (event.count > 1 ? ` × ${count(event.count)}` : "") +
	    (event.wire ? " (wire)" : "");

	when.dateTime = new Date(event.when * 1000).toISOString();
	when.title = time(event.when);
	return make("tr", "", make("td", "words short", when),
	    make("td", "text short",
		make("span", `kind ${signs[event.kind] ?? ""}`, words)),
	    make("td", "text words short", event.host),
	    nameCell(event.client, "Client"), nameCell(event.account, "Account"),
	    nameCell(event.from, "From"), nameCell(event.to, "To"),
	    make("td", "text words", event.words ?? ""));
}

function say()
{
	id("events-count").textContent = paused
	    ? `Paused; ${count(meanwhile)} came meanwhile.`
	    : untold > 0
	    ? `${count(untold)} more came than are told here ` +
	      "(20 a second at most)."
	    : "";
	id("events-empty").hidden = body.rows.length > 0;
	id("events-empty").textContent = wanted() === ""
	    ? "Nothing has happened since the daemon began to follow its logs."
	    : "No event contains the filter.";
}

function paint()
{
	const fresh = waiting;

	waiting = [];
	body.prepend(...fresh.filter(isShown).map(eventRow));
	while (body.rows.length > most)
		body.lastElementChild.remove();
	say();
}

function paintAll()
{
	waiting = [];
	body.replaceChildren(...kept.filter(isShown).map(eventRow));
	say();
}

// A hidden page gets no frame: what waits is bounded all the same.
function add(events)
{
	if (events.length === 0)
		return;
	if (waiting.length === 0)
		requestAnimationFrame(paint);
	waiting = [...events, ...waiting].slice(0, most);
	kept = [...events, ...kept].slice(0, most);
}

function take(data)
{
	if (data.number < number) {	// the agent has started anew
		number = 0;
		kept = [];
	}
	const fresh = data.events.filter((event) => event.number > number);
	const came = number === 0 ? fresh.length : data.number - number;

	if (came === 0)
		return;
	number = data.number;
	if (paused) {
		meanwhile += came;
		say();
		return;
	}
	untold += came - fresh.length;
	add(fresh);
	say();
}

// All that the agent keeps, at first and whenever another question is asked.
function show(answer)
{
	id("events-tools").hidden = false;
	box.placeholder = state.filter || "Filter";
	if (!paused) {
		// The stream may have told of newer ones meanwhile.
		kept = [...kept.filter((event) => event.number > answer.number),
			...answer.events].slice(0, most);
		number = Math.max(number, answer.number);
		untold = 0;
	}
	paintAll();
}

export const part = {
	name: "events",
	people: true,
	ask: () => ask("events", { limit: most, host: state.host,
		filter: box.value.trim() || state.filter }),
	show,
	events: { events: take },
};

async function again()
{
	await part.ask().then(show, () => {});
}

id("events-pause").addEventListener("click", (event) => {
	paused = !paused;
	meanwhile = 0;
	event.currentTarget.textContent = paused ? "Go on" : "Pause";
	say();
	if (!paused)
		again();
});
// What is there is looked through at once, the agent's own rows after a while.
let typed = 0;
box.addEventListener("input", () => {
	paintAll();
	clearTimeout(typed);
	typed = setTimeout(again, 300);
});
body.addEventListener("click", (event) => {
	const button = event.target.closest("button");

	if (button)
		setState({ filter: button.textContent });
});
id("events-table").append(make("thead", "", make("tr", "",
    ...titles.map((title) => {
	const cell = make("th", "", title);

	cell.scope = "col";
	return cell;
    }))), body);
