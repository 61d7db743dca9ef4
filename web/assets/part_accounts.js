// part_accounts.js - who sends through us with a password

import { fill, head, number } from "./tables.js";
import { ask, make, shortTime } from "./words.js";

function show(answer)
{
	fill("accounts-table", ["Account", "Messages", "Recipients", "Last"],
	    answer.accounts.map((row) => make("tr", "",
		head(row.account, "person"), number(row.received),
		number(row.recipients),
		make("td", "words", shortTime(row.last)))),
	    "Nobody has signed in to send.");
}

export const part = {
	name: "accounts",
	people: true,
	ask: () => ask("accounts", { limit: 10 }),
	show,
};
