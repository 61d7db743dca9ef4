// part_pulse.js - what came and was refused above the axis, what went out below
//
// Drag over it to zoom, or use the keys; a reason chosen among the rejects is
// shown alone.  Alerts and blocks stand on the time line.

import { canDraw, makeChart, onTheme } from "./chart.js";
import { askFigures, grow, row } from "./figures.js";
import { showMarks } from "./marks.js";
import { forget, tick } from "./minute.js";
import { reasonColour, reasonGroups, reasonTitle } from "./reasons.js";
import { asked, setState, state } from "./state.js";
import { overTime } from "./tables.js";
import { ask, colour, count, id, make, time } from "./words.js";
import { moveBack, moveTo, tools } from "./zoom.js";

const all = [
	{ key: "accepted", title: "Accepted", names: ["messages.received"] },
	...reasonGroups.map(({ key, title, reasons }) => ({ key, title,
		names: reasons.map((reason) => `rejects.${reason}`) })),
	{ key: "sent", title: "Sent", names: ["messages.sent"], below: true },
	{ key: "deferred", title: "Deferred", names: ["messages.deferred"],
	  below: true },
	{ key: "bounced", title: "Bounced", names: ["messages.bounced"],
	  below: true },
];
const off = new Set();	// keys of groups that a person took away
let groups = [];	// those that are shown, with their rows
let figures = null;	// the last answer
let marks = null;	// null: nobody may see them
let chart = null;
let renewing = null;	// a timer

function chosen()
{
	const group = reasonGroups.find(
	    ({ reasons }) => reasons.includes(state.reason));

	return group === undefined ? all
	    : [{ key: group.key, title: reasonTitle(state.reason),
		fill: reasonColour(state.reason),
		names: [`rejects.${state.reason}`] }];
}

function stepWords(step)
{
	for (const [seconds, word] of [[86400, "day"], [3600, "hour"],
	    [60, "minute"]])
		if (step % seconds === 0)
			return step === seconds ? `per ${word}`
			    : `per ${step / seconds} ${word}s`;
	return `per ${step} seconds`;
}

// The legend: sums, or the figures under the pointer.
function showFigures(k)
{
	const places = id("legend").querySelectorAll("b");

	groups.forEach((group, g) => {
		places[g].textContent = count(k === null
		    ? group.row.reduce((sum, value) => sum + (value ?? 0), 0)
		    : group.row[k]);
	});
	id("pulse-unit").textContent = k === null
	    ? `messages, refusals and deliveries ${stepWords(figures.step)}`
	    : time(figures.times[k]);
}

function legendButton(group)
{
	const button = make("button", "",
	    make("i", `swatch ${group.key.replace("g-", "")}`), group.title,
	    make("b"));

	button.type = "button";
	button.setAttribute("aria-pressed", group.on);
	button.addEventListener("click", () => {
		if (!off.delete(group.key))
			off.add(group.key);
		button.setAttribute("aria-pressed", !off.has(group.key));
		draw();
	});
	return button;
}

function drawLegend()
{
	const side = (title, below) => {
		const items = groups.filter(
		    (group) => Boolean(group.below) === below);
		const list = make("div", "side", make("span", "quiet", title),
		    ...items.map(legendButton));

		return items.length === 0 ? [] : [list];
	};

	id("legend").replaceChildren(...side("In", false), ...side("Out", true));
	showFigures(null);
}

function showChosen()
{
	id("pulse-reason").hidden = state.reason === "";
	id("pulse-reason-name").textContent = reasonTitle(state.reason);
}

// As librrd draws it: where the page was built without uPlot.
function drawn()
{
	const query = new URLSearchParams({ ...asked(), width: 900,
		height: 200 });

	id("chart").replaceChildren(...[
		["messages.received", "Messages received"],
		["messages.sent", "Deliveries"],
		["rejects.total", "Rejects"],
	].map(([name, title]) => {
		const image = make("img");

		image.src = `/graph/${name}.svg?${query}`;
		image.alt = title;
		return image;
	}));
}

function draw()
{
	groups = chosen().map((group) => ({ ...group,
		row: row(figures, group.names), on: !off.has(group.key),
		fill: group.fill ?? colour(group.key) }));
	if (!canDraw())
		return drawn();
	chart ??= makeChart(id("chart"), { height: 360, hover: showFigures,
		zoom: moveTo, drawn: (u) => showMarks(u, marks) });
	chart.show({ times: figures.times, step: figures.step,
		known: figures.values["agent.known"], groups });
}

function show([answer, found], overview)
{
	figures = answer;
	marks = found;
	showChosen();
	draw();
	drawLegend();
	tools(figures, overview);
	if (id("figures").open)
		overTime("figures-table", figures.times, groups);
}

// The last hour goes on by the second.
function live(message)
{
	tick(message);
	if (figures === null || state.from !== null || state.range !== "1h" ||
	    !grow(figures, message))
		return;
	draw();
	if (!id("chart").matches(":hover"))
		showFigures(null);
}

async function askMarks(signedIn)
{
	return signedIn ? await ask("marks", { ...asked(), limit: 300 }) : null;
}

// An attack is news every second: the marks follow some seconds later, all at
// once.
function renewMarks()
{
	renewing ??= setTimeout(async () => {
		renewing = null;
		// The next refresh does it where this one fails.
		marks = await askMarks(true).catch(() => marks);
		if (figures !== null)
			draw();
	}, 3000);
}

export const part = {
	name: "pulse",
	events: { alerts: renewMarks, blocks: renewMarks },
	ask: (now, overview) => Promise.all(
	    [askFigures(), askMarks(overview.signed_in)]),
	show,
	live,
	early: tick,
	forget,
};

id("figures").addEventListener("toggle", () => {
	if (id("figures").open && figures !== null)
		overTime("figures-table", figures.times, groups);
});
id("pulse-all").addEventListener("click", () => setState({ reason: "" }));
id("pulse-back").addEventListener("click", moveBack);
onTheme(() => {
	if (figures !== null)
		draw();
});
