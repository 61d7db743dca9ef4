// part_rejects.js - why mail was refused

import { asked } from "./state.js";
import { fill, head, number } from "./tables.js";
import { ask, count, make } from "./words.js";

function show(answer)
{
	const most = Math.max(1, ...answer.reasons.map((row) => row.count));

	fill("rejects-table", ["Reason", "", "Count"], answer.reasons.map((row) => {
		const bar = make("progress");
		const title = row.reason.replaceAll("_", " ");
		const name = head(title);

		name.title = row.help;
		bar.max = most;
		bar.value = row.count;
		bar.setAttribute("aria-label", `${title}: ${count(row.count)}`);
		return make("tr", "", name, make("td", "bar-cell", bar),
		    number(row.count));
	}), "Nothing was refused.");
}

export const part = {
	name: "rejects",
	ask: () => ask("rejects", asked()),
	show,
};
