// zoom.js - another span: by dragging, by buttons, by keys; and back again
//
// The span is in the URL, so the browser's Back works as well; what is kept
// here is what Escape goes back to.

import { setState, state } from "./state.js";
import { id } from "./words.js";

const LEAST = 300;			// seconds
const MOST = 5 * 366 * 86400;
const past = [];	// spans that were left by a zoom, the newest last
let span = { from: 0, to: 1 };		// what is shown
let now = 0;

// Seconds, whatever the pixels said; never beyond the present.
export function moveTo(from, to)
{
	const length = Math.round(Math.min(Math.max(to - from, LEAST), MOST));
	const end = Math.min(Math.round((from + to + length) / 2), now);

	if (end - length === span.from && end === span.to)
		return;
	past.push({ range: state.range, from: state.from, to: state.to });
	setState({ from: end - length, to: end });
}

// To the span before; where there is none to that of the button.
export function moveBack()
{
	setState(past.pop() ?? { from: null, to: null });
}

const shift = (part) => {
	const by = Math.round((span.to - span.from) * part);

	moveTo(span.from + by, span.to + by);
};

const scale = (factor) => {
	const middle = (span.from + span.to) / 2;
	const half = (span.to - span.from) / 2 * factor;

	moveTo(middle - half, middle + half);
};

const steps = {
	earlier: () => shift(-1 / 4),
	later: () => shift(1 / 4),
	in: () => scale(1 / 2),
	out: () => scale(2),
};
const keys = { ArrowLeft: steps.earlier, ArrowRight: steps.later,
	"+": steps.in, "=": steps.in, "-": steps.out, Escape: moveBack };

// After each answer.
export function tools(figures, overview)
{
	now = overview.now;
	span = state.from === null ? { from: overview.from, to: overview.to }
	    : { from: state.from, to: state.to };
	if (state.from === null)
		past.length = 0;
	id("pulse-back").hidden = state.from === null;
	id("pulse-later").disabled = span.to >= now;
}

for (const [name, step] of Object.entries(steps))
	id(`pulse-${name}`).addEventListener("click", step);
id("chart").addEventListener("keydown", (event) => {
	if (event.altKey || event.ctrlKey || event.metaKey ||
	    !Object.hasOwn(keys, event.key))
		return;
	event.preventDefault();
	keys[event.key]();
});
// After a drag the focus is nowhere.
document.addEventListener("keydown", (event) => {
	if (event.key === "Escape" && event.target === document.body &&
	    state.from !== null)
		moveBack();
});
