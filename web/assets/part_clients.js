// part_clients.js - who connects, and what became of it

import { listing } from "./listing.js";
import { number } from "./tables.js";
import { make, shortTime } from "./words.js";

const counted = (title, key) => ({ title, sort: key,
	cell: (row) => number(row[key]) });

export const part = {
	name: "clients",
	people: true,
	...listing({
		table: "clients-table", title: "clients", path: "clients",
		list: "clients", name: "address", sort: "rejected",
		empty: "No client yet.",
		columns: [
			{ title: "Client", sort: "address", words: true },
			counted("Rejected", "rejected"),
			counted("Relay", "relay_denied"),
			counted("Auth failed", "auth_failed"),
			counted("Login failed", "login_failed"),
			counted("Received", "received"),
			{ title: "Last", sort: "last", cell: (row) =>
			    make("td", "words", shortTime(row.last)) },
		],
	}),
};
