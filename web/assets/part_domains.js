// part_domains.js - whose mail it is: senders' and recipients' domains

import { listing } from "./listing.js";
import { number } from "./tables.js";
import { bytes } from "./words.js";

const counted = (title, key) => ({ title, sort: key,
	cell: (row) => number(row[key]) });
const size = { title: "Size", sort: "bytes",
	cell: (row) => number(row.bytes, bytes) };

const side = (name, title, sort, columns) => listing({
	table: `${name}-table`, title, path: "domains", asking: { side: name },
	list: "domains", name: "domain", sort, empty: "None yet.",
	columns: [{ title: "Domain", sort: "domain", words: true },
		...columns],
});

const sides = [
	side("senders", "senders’ domains", "messages", [
		counted("Messages", "messages"), size,
		counted("Rejected", "rejected"), counted("Spam", "spam")]),
	side("recipients", "recipients’ domains", "sent", [
		counted("Delivered", "sent"), size,
		counted("Deferred", "deferred"), counted("Bounced", "bounced"),
		counted("Rejected", "rejected")]),
];

export const part = {
	name: "domains",
	people: true,
	ask: () => Promise.all(sides.map((one) => one.ask())),
	show: (answers) => sides.forEach((one, i) => one.show(answers[i])),
};
