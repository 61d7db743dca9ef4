// part_mailers.js - mailstats' table: its columns, in its order

import { sparkline } from "./spark.js";
import { asked } from "./state.js";
import { fill, head, number } from "./tables.js";
import { ask, bytes, make } from "./words.js";

const columns = [
	["msgs_from", "Msgs from"],
	["bytes_from", "Bytes from", bytes],
	["msgs_to", "Msgs to"],
	["bytes_to", "Bytes to", bytes],
	["msgs_rejected", "Rejected"],
	["msgs_discarded", "Discarded"],
	["msgs_quarantined", "Quarantined"],
];

const added = (rows) => rows.reduce((sum, row) => sum.map((value, k) =>
    row[k] === null ? value : (value ?? 0) + row[k]));

function show(answer)
{
	const cells = (mailer) => [...columns.map(
	    ([key, , words]) => number(mailer[key], words)),
		make("td", "chart-cell", sparkline(mailer.points ?? []))];
	const total = {};

	for (const [key] of columns)
		total[key] = answer.mailers.reduce(
		    (sum, mailer) => sum + (mailer[key] ?? 0), 0);
	if (answer.mailers.length > 0)
		total.points = added(answer.mailers.map(
		    (mailer) => mailer.points ?? []));
	fill("mailers-table", ["Mailer", ...columns.map(([, title]) => title),
	    "Both ways"],
	    answer.mailers.map((mailer) => make("tr", "",
		head(mailer.mailer, "person"), ...cells(mailer))),
	    "No mail yet.",
	    make("tfoot", "", make("tr", "", head("Total"), ...cells(total))));
}

export const part = {
	name: "mailers",
	ask: () => ask("mailers", { ...asked(), limit: 48 }),
	show,
};
