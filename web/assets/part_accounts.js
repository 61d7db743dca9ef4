// part_accounts.js - who sends through us with a password, and at what risk

import { listing } from "./listing.js";
import { number } from "./tables.js";
import { make, shortTime } from "./words.js";

function risk(row)
{
	const cell = number(row.risk);

	cell.title = row.words;
	return cell;
}

export const part = {
	name: "accounts",
	people: true,
	...listing({
		table: "accounts-table", title: "accounts", path: "accounts",
		list: "accounts", name: "account", sort: "recipients",
		empty: "Nobody has signed in to send.",
		columns: [
			{ title: "Account", sort: "account", words: true },
			{ title: "Messages", sort: "received",
			  cell: (row) => number(row.received) },
			{ title: "Recipients", sort: "recipients",
			  cell: (row) => number(row.recipients) },
			{ title: "Risk", sort: "risk", cell: risk },
			{ title: "Last", sort: "last", cell: (row) =>
			    make("td", "words", shortTime(row.last)) },
		],
	}),
};
