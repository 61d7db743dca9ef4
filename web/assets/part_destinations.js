// part_destinations.js - where mail is handed to, and who does not take it

import { listing } from "./listing.js";
import { number } from "./tables.js";
import { duration, make, shortTime } from "./words.js";

const counted = (title, key) => ({ title, sort: key,
	cell: (row) => number(row[key]) });
const moment = (title, key) => ({ title, sort: key,
	cell: (row) => make("td", "words",
	    row[key] === null ? "–" : shortTime(row[key])) });

export const part = {
	name: "destinations",
	people: true,
	...listing({
		table: "destinations-table", title: "destinations",
		path: "destinations", list: "destinations",
		name: "destination", sort: "sent", empty: "None yet.",
		columns: [
			{ title: "Destination", sort: "destination",
			  words: true },
			counted("Delivered", "sent"),
			counted("Deferred", "deferred"),
			counted("Bounced", "bounced"),
			{ title: "Mean delay", sort: "delay", cell: (row) =>
			    make("td", "words", row.delay === null ? "–"
				: duration(row.delay)) },
			moment("Last delivered", "last_sent"),
			moment("Defers since", "since"),
			{ title: "Why", cell: (row) =>
			    make("td", "text", row.reply ?? "") },
		],
	}),
};
