// part_tiles.js - the big numbers, each with its small chart

import { count, drawing, id, make, percent } from "./words.js";

const units = { replies: "refusals" };

function sparkline(values)
{
	// The last point is not over yet, and would look like a fall.
	const known = values.slice(0, -1).map((value) => value ?? 0);
	const most = Math.max(1, ...known);
	const line = known.map((value, i) =>
	    `${i / (known.length - 1) * 100},${31 - value / most * 28}`);
	const box = drawing("svg", { viewBox: "0 0 100 34",
		preserveAspectRatio: "none", "aria-hidden": "true" });

	if (known.length > 1)
		box.append(
		    drawing("polygon", { points: `0,34 ${line.join(" ")} 100,34` }),
		    drawing("polyline", { points: line.join(" ") }));
	return box;
}

function meter(value)
{
	const bar = make("progress");

	bar.max = 1;
	bar.value = value;
	bar.setAttribute("aria-hidden", "true");
	return bar;
}

function tile(name, figure)
{
	const isShare = figure.unit === "ratio";
	const value = make("span", "value",
	    isShare ? percent(figure.value) : count(figure.value));
	const item = make("li", `tile ${name}`, make("span", "name", figure.title),
	    value, make("span", "unit",
		isShare ? "of the log understood"
		    : units[figure.unit] ?? figure.unit));

	item.title = figure.help;
	value.id = `tile-${name}`;
	if (figure.points)
		item.append(sparkline(figure.points));
	if (isShare && figure.value !== null)
		item.append(meter(figure.value));
	return item;
}

function show(overview)
{
	id("tiles-list").replaceChildren(...Object.entries(overview.tiles).map(
	    ([name, figure]) => tile(name, figure)));
}

// What was counted since the overview is added to its tiles.
function live(message, overview)
{
	if (message.catching_up >= 0)
		return;
	for (const [name, figure] of Object.entries(overview.tiles)) {
		const now = message.totals[figure.metric];
		const then = overview.totals[figure.metric];

		if (now === undefined || then === undefined || now < then ||
		    figure.value === null || figure.unit === "ratio")
			continue;
		id(`tile-${name}`).textContent = count(figure.value + now - then);
	}
}

export const part = {
	name: "tiles",
	show: (answer, overview) => show(overview),
	live,
};
