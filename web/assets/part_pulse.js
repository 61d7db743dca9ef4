// part_pulse.js - accepted, and what was rejected stacked above it
//
// uPlot draws lines over one another; here they are summed from the bottom
// up, and each band is filled down to the one below.

import { forget, tick } from "./minute.js";
import { asked } from "./state.js";
import { ask, colour, count, id, make, time } from "./words.js";

const groups = [
	{ key: "accepted", title: "Accepted", names: ["messages.received"] },
	{ key: "g-relay", title: "Relay denied", names: ["relay_denied"] },
	{ key: "g-unknown", title: "Unknown address",
	  names: ["unknown_recipient", "unknown_sender"] },
	{ key: "g-client", title: "Client refused",
	  names: ["bad_helo", "no_reverse_dns", "dnsbl", "access_denied",
		  "auth_required"] },
	{ key: "g-later", title: "Try later",
	  names: ["greylisted", "rate_limited", "unavailable"] },
	{ key: "g-content", title: "Spam, content",
	  names: ["spam", "virus", "content", "attachment", "too_large"] },
	{ key: "g-policy", title: "Policy, protocol",
	  names: ["policy", "protocol", "too_many_recipients", "other"] },
];
for (const group of groups) {
	group.on = true;
	group.names = group.names.map((name) =>
	    name.includes(".") ? name : `rejects.${name}`);
}

const wanted = groups.flatMap((group) => group.names)
    .concat("agent.known");

let plot = null;
let rows = null;	// per group: counts, null where not known
let times = [];
let step = 60;
let known = [];

// Several names as one row; null only where all are unknown.
function joined(values, names)
{
	return times.map((_, k) => {
		const found = names.map((name) => values[name][k])
		    .filter((value) => value !== null);

		return found.length === 0 ? null
		    : found.reduce((sum, value) => sum + value, 0);
	});
}

// Running sums over the groups that are on.  What never happened has no series
// yet: where anything is known, it is 0, and what stands on it is drawn.
function stacked()
{
	const sum = times.map((_, k) =>
	    rows.some((row) => row[k] !== null) ? 0 : null);

	return groups.map((group, g) => times.map((_, k) => {
		if (sum[k] !== null && group.on)
			sum[k] += rows[g][k] ?? 0;
		return sum[k];
	}));
}

function alpha(hex, part)
{
	const value = parseInt(hex.slice(1), 16);

	return `rgba(${value >> 16}, ${value >> 8 & 255}, ${value & 255}, ${part})`;
}

// Where the log was not read, nothing is known: a grey band behind all.
function shade(u)
{
	u.ctx.save();
	u.ctx.fillStyle = colour("unknown-time");
	known.forEach((part, k) => {
		if (part === null || part > 0.99)
			return;
		const left = u.valToPos(times[k], "x", true);
		const right = u.valToPos(times[k] + step, "x", true);

		u.ctx.fillRect(left, u.bbox.top, right - left, u.bbox.height);
	});
	u.ctx.restore();
}

function stepWords()
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
	const buttons = id("legend").querySelectorAll("b");

	groups.forEach((group, g) => {
		const figure = k === null
		    ? rows[g].reduce((sum, value) => sum + (value ?? 0), 0)
		    : rows[g][k];

		buttons[g].textContent = count(figure);
	});
	id("pulse-unit").textContent = k === null
	    ? `messages and refusals ${stepWords()}` : time(times[k]);
}

function drawLegend()
{
	const legend = id("legend");

	legend.replaceChildren(...groups.map((group) => {
		const button = make("button", "",
		    make("i", `swatch ${group.key.replace("g-", "")}`),
		    group.title, make("b"));

		button.type = "button";
		button.setAttribute("aria-pressed", group.on);
		button.addEventListener("click", () => {
			group.on = !group.on;
			button.setAttribute("aria-pressed", group.on);
			redraw();
		});
		return button;
	}));
	showFigures(null);
}

function options(width)
{
	const axis = {
		stroke: colour("quiet"),
		grid: { stroke: colour("line"), width: 1 },
		ticks: { show: false },
		font: "12px system-ui, sans-serif",
	};
	const day = new Intl.DateTimeFormat(undefined,
	    { day: "numeric", month: "short" });
	const hour = new Intl.DateTimeFormat(undefined,
	    { hour: "2-digit", minute: "2-digit" });
	const year = new Intl.DateTimeFormat(undefined,
	    { month: "short", year: "numeric" });

	return {
		width,
		height: width < 700 ? 260 : 340,
		legend: { show: false },
		cursor: { y: false, points: { show: false } },
		scales: {
			x: { range: () => [times[0],
			    times[times.length - 1] + step] },
			y: { range: (u, low, high) => [0, Math.max(high, 1) * 1.06] },
		},
		axes: [
			{ ...axis, space: 70, size: 34, values: (u, splits, i, space, increment) =>
			    splits.map((at) => (increment >= 28 * 86400 ? year
				: increment >= 86400 ? day : hour)
				.format(new Date(at * 1000))) },
			{ ...axis, size: 56, values: (u, splits) =>
			    splits.map((value) => value % 1 ? "" : count(value)) },
		],
		series: [{}, ...groups.map((group) => ({
			fill: alpha(colour(group.key), 0.85),
			width: 0,
			points: { show: false },
			paths: uPlot.paths.stepped({ align: 1 }),
			show: group.on,
		}))],
		bands: groups.slice(1).map((group, g) => ({
			series: [g + 2, lower(g + 1) + 1],
			fill: alpha(colour(group.key), 0.85),
		})).filter((band) => band.series[1] > 0),
		hooks: {
			drawClear: [shade],
			setCursor: [(u) => showFigures(u.cursor.idx == null ? null
			    : Math.min(u.cursor.idx, times.length - 1))],
		},
	};
}

// The nearest group below that is on; -1: the ground.
function lower(g)
{
	do
		g--;
	while (g >= 0 && !groups[g].on);
	return g;
}

function redraw()
{
	const place = id("chart");
	const width = place.clientWidth;

	if (!window.uPlot || rows === null || times.length === 0 || width === 0)
		return;
	// A step is drawn up to the next one: the last needs an end of its own.
	const closed = (row) => [...row, row[row.length - 1]];

	plot?.destroy();
	plot = new uPlot(options(width), [
		[...times, times[times.length - 1] + step],
		...stacked().map(closed),
	], place);
}

function table()
{
	const head = make("thead", "", make("tr", "", make("th", "", "Time"),
	    ...groups.map((group) => make("th", "", group.title))));
	const body = make("tbody");

	for (let k = times.length - 1; k >= 0; k--)
		body.append(make("tr", "", make("th", "", time(times[k])),
		    ...rows.map((row) => make("td", "", count(row[k])))));
	head.querySelectorAll("th").forEach((cell) => cell.scope = "col");
	body.querySelectorAll("th").forEach((cell) => cell.scope = "row");
	id("figures-table").replaceChildren(head, body);
}

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

function show(answer)
{
	times = answer.times;
	step = answer.step;
	known = answer.values["agent.known"];
	rows = groups.map((group) => joined(answer.values, group.names));
	drawLegend();
	if (window.uPlot)
		redraw();
	else
		drawn();
	if (id("figures").open)
		table();
}

// Enough for points of 1 minute, 5 minutes, half an hour, 2 hours, a day.
const points = { "1h": 62, "24h": 300, "7d": 350, "30d": 370, "1y": 370,
	"5y": 370 };

export const part = {
	name: "pulse",
	ask: (state) => ask("series", { ...asked(), name: wanted,
	    points: points[state.range] ?? 370 }),
	show,
	live: tick,
	forget,
};

id("figures").addEventListener("toggle", () => {
	if (id("figures").open && rows !== null)
		table();
});
new ResizeObserver(() => {
	if (plot !== null && Math.abs(plot.width - id("chart").clientWidth) > 2)
		redraw();
}).observe(id("chart"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
