// spark.js - a small chart in a line of text

import { drawing } from "./words.js";

// values: null where not known.  The last point is not over yet, and would
// look like a fall.
export function sparkline(values)
{
	const known = values.slice(0, -1).map((value) => value ?? 0);
	const most = Math.max(...known, Number.MIN_VALUE);
	const line = known.map((value, i) =>
	    `${(i / (known.length - 1) * 100).toFixed(1)},` +
	    `${(31 - value / most * 28).toFixed(1)}`);
	const box = drawing("svg", { viewBox: "0 0 100 34",
		preserveAspectRatio: "none", class: "spark",
		"aria-hidden": "true" });

	if (known.length > 1 && values.some((value) => value !== null))
		box.append(
		    drawing("polygon", { points: `0,34 ${line.join(" ")} 100,34` }),
		    drawing("polyline", { points: line.join(" ") }));
	return box;
}
