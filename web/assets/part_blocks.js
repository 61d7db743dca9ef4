// part_blocks.js - who is refused, why, and a person's own blocks

import { fill, head } from "./tables.js";
import { ask, change, count, id, make, shortTime } from "./words.js";

function say(text)
{
	id("blocks-said").textContent = text;
}

async function unblock(button, address)
{
	button.disabled = true;
	say(await change("DELETE", `blocks/${encodeURIComponent(address)}`) ??
	    `${address} is not blocked any more.`);
	button.disabled = false;
	await again();
}

function blockRow(row)
{
	const button = make("button", "", "Unblock");
	const why = [row.rule ?? "by hand", row.reason].filter(Boolean);
	const name = head(row.address, "person");

	button.type = "button";
	button.setAttribute("aria-label", `Unblock ${row.address}`);
	button.addEventListener("click", () => unblock(button, row.address));
	return make("tr", "", name, make("td", "", button),
	    make("td", "text", why.join(": ")),
	    make("td", "words", shortTime(row.at)),
	    make("td", "words", shortTime(row.until)),
	    make("td", "words", row.enforced ? "yes" : "not yet"));
}

function show(answer)
{
	const observing = answer.mode === "observe";

	id("block-form").hidden = false;
	id("blocks-count").textContent = `${count(answer.total)} blocked, ` +
	    `${count(answer.enforced)} enforced by ${answer.backend}`;
	id("blocks-mode").hidden = !observing;
	fill("blocks-table", ["Who", "", "Why", "Since", "Until", "Enforced"],
	    answer.blocks.map(blockRow), "Nobody is blocked.");
}

// The form: block by hand.
id("block-form").addEventListener("submit", async (event) => {
	const form = event.target;
	const address = form.elements.address.value.trim();

	event.preventDefault();
	const wrong = await change("POST", "blocks", { address,
		for: form.elements.for.value,
		reason: form.elements.reason.value.trim() });

	say(wrong ?? `${address} is blocked.`);
	if (wrong === null)
		form.reset();
	await again();
});

export const part = {
	name: "blocks",
	people: true,
	news: ["blocks"],
	ask: () => ask("blocks", { limit: 50 }),
	show,
};

// What was changed is asked for anew; the next refresh does it where this fails.
async function again()
{
	await part.ask().then(show, () => {});
}
