// figures.js - numbers over time: one question for all charts, kept up to date
//
// The stream sends running totals: what they have grown by since the answer
// belongs to its last point.

import { reasons } from "./reasons.js";
import { asked, state } from "./state.js";
import { ask } from "./words.js";

const names = ["messages.received", "messages.sent", "messages.deferred",
	"messages.bounced", "agent.known",
	...reasons.map((reason) => `rejects.${reason}`)];
// Enough for points of 1 minute, 5 minutes, half an hour, 2 hours, a day.
const points = { "1h": 62, "24h": 300, "7d": 350, "30d": 370, "1y": 370,
	"5y": 370 };
let asking = null;

// {times, step, values: {NAME: [...]}, totals}; whoever asks at the same time
// has the same object.
export function askFigures()
{
	const query = { ...asked(), name: names,
		points: points[state.from === null ? state.range : ""] ?? 370 };
	const key = JSON.stringify(query);

	if (asking?.key !== key || performance.now() - asking.at > 1000)
		asking = { key, at: performance.now(),
			answer: ask("series", query) };
	return asking.answer;
}

// Several names as one row; null only where all are unknown.
export function row(figures, wanted)
{
	return figures.times.map((_, k) => {
		const known = wanted.map((name) => figures.values[name][k])
		    .filter((value) => value !== null);

		return known.length === 0 ? null
		    : known.reduce((sum, value) => sum + value, 0);
	});
}

// A new point begins, the oldest goes.
function roll(figures)
{
	figures.times.push(figures.times.at(-1) + figures.step);
	figures.times.shift();
	for (const [name, values] of Object.entries(figures.values)) {
		values.push(name === "agent.known" ? null : 0);
		values.shift();
	}
}

// What came since, with the stream's message; false: it is not to be used.
export function grow(figures, message)
{
	const before = figures.totals;

	if (message.catching_up >= 0 || figures.times.length === 0)
		return false;
	figures.totals = message.totals;
	while (message.now >= figures.times.at(-1) + figures.step)
		roll(figures);
	for (const [name, values] of Object.entries(figures.values)) {
		const more = message.totals[name] - (before[name] ?? 0);

		if (more > 0)
			values[values.length - 1] =
			    (values.at(-1) ?? 0) + more;
	}
	return true;
}
