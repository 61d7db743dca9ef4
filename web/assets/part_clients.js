// part_clients.js - who connects, and what became of it

import { fill, head, number } from "./tables.js";
import { ask, make, shortTime } from "./words.js";

function show(answer)
{
	fill("clients-table",
	    ["Client", "Rejected", "Relay", "Auth failed", "Received", "Last"],
	    answer.clients.map((row) => make("tr", "",
		head(row.address, "person"), number(row.rejected),
		number(row.relay_denied), number(row.auth_failed),
		number(row.received), make("td", "words", shortTime(row.last)))),
	    "No client yet.");
}

export const part = {
	name: "clients",
	people: true,
	ask: () => ask("clients", { limit: 10 }),
	show,
};
