// part_tiles.js - the big numbers, each with its small chart and last week's

import { sparkline } from "./spark.js";
import { count, difference, duration, growth, id, make, percentPoints,
	shortPercent, weekday } from "./words.js";

const figure = (tile) => tile.unit === "ratio" ? shortPercent(tile.value)
    : tile.unit === "seconds" ? duration(tile.value) : count(tile.value);

// In the page's order; under the number: what it is of, or what goes with it.
const shown = [
	["received", () => ["messages"]],
	["sent", () => ["deliveries"]],
	["rejected_share", (tiles) => [beside("rejected", tiles), " refusals"]],
	["deferred", () => ["attempts"]],
	["bounced", () => ["recipients"]],
	["queued", (tiles) => tiles.queue_oldest.value === null
	    ? ["no queue is watched"] : ["oldest ", beside("queue_oldest", tiles)]],
	["relay_attempts", () => ["refused"]],
	["auth_failed", () => ["by SMTP"]],
	["blocks", (tiles, overview) => [overview.mode === "observe"
	    ? "would be, if enforced" : "in force"]],
	["tls_share", () => ["of sessions"]],
	["coverage", () => ["of lines understood"]],
	["lag", () => ["behind the log"]],
];

function beside(name, tiles)
{
	const text = make("b", "", figure(tiles[name]));

	text.id = `tile-${name}`;
	return text;
}

// "+12 % against last Monday": it is read, not only seen.
function changeWords(tile, { compared, to_now: present })
{
	const day = compared.with === "last week" && present;
	const other = day ? `last ${weekday(compared.to)}`
	    : compared.with === "last week" ? "the week before"
	    : "the span before";
	const then = day ? other : `in ${other}`;

	if (tile.value === null || tile.previous === null)
		return "nothing to compare with";
	if (tile.value === tile.previous)
		return `as ${then}`;
	if (tile.unit === "seconds")
		return `${duration(tile.previous)} ${then}`;
	if (tile.previous === 0)
		return `none ${then}`;
	if (tile.value >= 10 * tile.previous)
		return `${count(tile.value / tile.previous)} times ${other}`;
	const words = tile.unit === "ratio"
	    ? percentPoints(tile.value - tile.previous)
	    // Of few, per cent say more than there is.
	    : Math.max(tile.value, tile.previous) < 50
	    ? difference(tile.value - tile.previous)
	    : growth(tile.value, tile.previous);

	return words === null ? `about as ${then}` : `${words} against ${other}`;
}

function item(name, under, overview)
{
	const { tiles } = overview;
	const tile = tiles[name];
	const value = make("span", "value", figure(tile));
	const box = make("li", `tile ${name}`,
	    make("span", "name", tile.title),
	    value, make("span", "unit", ...under(tiles, overview)),
	    make("span", "change", changeWords(tile, overview)),
	    sparkline(tile.points));

	box.title = tile.help;
	value.id = `tile-${name}`;
	return box;
}

function show(overview)
{
	id("tiles-list").replaceChildren(...shown.map(([name, under]) =>
	    item(name, under, overview)));
}

// What was counted since the overview is added to its tiles.
function live(message, overview)
{
	if (message.catching_up >= 0 || !overview.to_now)
		return;
	for (const [name, tile] of Object.entries(overview.tiles)) {
		const now = message.totals[tile.metric];
		const then = overview.totals[tile.metric];

		if (now === undefined || then === undefined || now < then ||
		    tile.value === null || tile.unit === "ratio")
			continue;
		id(`tile-${name}`).textContent = count(tile.value + now - then);
	}
}

export const part = {
	name: "tiles",
	show: (answer, overview) => show(overview),
	live,
};
