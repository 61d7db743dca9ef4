// part_blocks.js - who is refused, why, since when and until when; a person's
// own blocks, and what is never to be blocked

import { askPerson } from "./dialog.js";
import { evidence } from "./part_alerts.js";
import { state } from "./state.js";
import { fill, head } from "./tables.js";
import { ask, change, count, id, make, remaining, shortTime } from "./words.js";

const spans = [["1h", "1 hour"], ["24h", "1 day"], ["7d", "7 days"],
	["30d", "30 days"]];
let how = null;		// how to have blocks enforced; null: they are
let backend = "";
let now = 0;		// the agent's

function say(text)
{
	id("blocks-said").textContent = text;
}

// Have it done, say what came of it, look again.
async function act(method, path, body, words)
{
	say(await change(method, path, body) ?? words);
	await again();
}

const one = (list, address) => `${list}/${encodeURIComponent(address)}`;

function spanList()
{
	const list = make("select");

	list.name = "for";
	list.append(...spans.map(([value, words]) => {
		const option = make("option", "", words);

		option.value = value;
		return option;
	}));
	return list;
}

async function extend(row)
{
	const answer = await askPerson(`Extend the block of ${row.address}`,
	    [make("p", "", `It ends ${shortTime(row.until)}. From now on it ` +
		"is to last, if that is longer,"),
	     make("label", "", "for ", spanList())], "Extend");

	if (answer !== null)
		await act("POST", "blocks", { address: row.address,
			for: answer.for.value },
		    `${row.address}: its block lasts at least as long now.`);
}

async function never(row)
{
	const reason = make("input");

	reason.name = "reason";
	reason.maxLength = 160;
	reason.autocomplete = "off";
	const answer = await askPerson(`Never block ${row.address}`,
	    [make("p", "", "It is unblocked, and no rule blocks it again, " +
		"until that is taken back. It is kept beside “never” of the " +
		"configuration."),
	     make("label", "", "Reason ", reason)], "Never block");

	if (answer !== null)
		await act("POST", "never", { address: row.address,
			reason: reason.value.trim() },
		    `${row.address} is never blocked from now on.`);
}

function button(words, label, action)
{
	const element = make("button", "", words);

	element.type = "button";
	element.setAttribute("aria-label", label);
	element.addEventListener("click", action);
	return element;
}

// The lines are asked for when somebody wants to read them.
function why(row)
{
	const words = [row.rule ?? "by hand", row.reason].filter(Boolean)
	    .join(": ");
	const box = make("details", "", make("summary", "", words));

	if (row.sender)
		return make("td", "text", words);
	box.dataset.address = row.address;
	box.addEventListener("toggle", async () => {
		if (!box.open || box.childElementCount > 1)
			return;
		const { incident } = await ask(one("blocks", row.address), {})
		    .catch(() => ({ incident: null }));
		if (box.childElementCount > 1)
			return;
		if (incident?.evidence)
			box.append(make("p", "quiet", incident.sentence),
			    ...evidence(incident.evidence));
		else
			box.append(make("p", "quiet", "No lines are kept."));
	});
	return make("td", "text", box);
}

function actions(row)
{
	const cell = make("td", "actions", button("Unblock",
	    `Unblock ${row.address}`, () => act("DELETE",
		one("blocks", row.address), null,
		`${row.address} is not blocked any more.`)),
	    button("Extend…", `Extend the block of ${row.address}`,
		() => extend(row)));

	if (!row.sender)
		cell.append(button("Never…", `Never block ${row.address}`,
		    () => never(row)));
	return cell;
}

function blockRow(row, answer)
{
	const left = make("td", "words", remaining(row.until - now));
	const refused = row.refused !== null
	    ? make("td", row.refused === 0 ? "zero" : "", count(row.refused))
	    : make("td", "words", answer.mode === "observe" ? "–"
		: answer.counts ? "not known yet" : "unknown");

	left.dataset.until = row.until;
	left.title = shortTime(row.until);
	return make("tr", "", head(row.address, "person"), actions(row),
	    why(row), refused, make("td", "words", shortTime(row.at)), left,
	    make("td", "words", answer.mode === "observe" ? "only observed"
		: row.enforced ? "yes" : "not yet"));
}

function neverItem(row)
{
	return make("li", "", make("b", "", row.address), " ",
	    row.reason ? `${row.reason}, ` : "", shortTime(row.at), " ",
	    button("Take back", `${row.address} may be blocked again`, () =>
		act("DELETE", one("never", row.address), null,
		    `${row.address} may be blocked again.`)));
}

function showNever(answer)
{
	id("never").hidden = false;
	id("never-count").textContent =
	    `Never blocked: ${count(answer.never.length)} said here, ` +
	    `${count(answer.configured.length)} in the configuration`;
	id("never-list").replaceChildren(...answer.never.map(neverItem),
	    ...answer.configured.map((address) => make("li", "",
		make("b", "", address), " by the configuration")));
}

function show([answer, nevers])
{
	const observing = answer.mode === "observe";
	const table = id("blocks-table");
	// What somebody reads stays open.
	const read = new Set([...table.querySelectorAll("details[open]")].map(
	    (box) => box.dataset.address));

	how = answer.enforcing;
	backend = answer.backend;
	now = answer.now;
	id("block-form").hidden = false;
	id("blocks-count").textContent = observing
	    ? `${count(answer.total)} would be blocked`
	    : `${count(answer.total)} blocked, ` +
	      `${count(answer.enforced)} enforced by ${answer.backend}` +
	      (answer.counts ? `, ${count(answer.refused)} packets refused`
		  : "");
	if (answer.total > answer.blocks.length)
		id("blocks-count").append(
		    ` (the newest ${answer.blocks.length} are shown)`);
	id("blocks-mode").hidden = !observing;
	fill("blocks-table", ["Who", "Change", "Why", "Packets refused", "Since",
	    "Ends in", "Enforced"],
	    answer.blocks.map((row) => blockRow(row, answer)),
	    state.filter === "" ? "Nobody is blocked."
	    : "No block contains the filter.");
	for (const box of table.querySelectorAll("details"))
		box.open = read.has(box.dataset.address);
	showNever(nevers);
}

// Every second the time that is left is less.
function live(message)
{
	now = message.now;
	for (const cell of document.querySelectorAll("#blocks [data-until]"))
		cell.textContent = remaining(cell.dataset.until - now);
}

function explain()
{
	if (how === null)
		return;
	askPerson("How to have blocks enforced", [
		make("p", "", "These lines in ", make("code", "", how.file),
		    "; where a section “blocks” is there already, only its " +
		    "mode is to be changed:"),
		make("pre", "", how.lines),
		make("p", "", "Then see whether all is well, and have it read:"),
		make("pre", "", `mailweir check -c ${how.file}\n` +
		    "systemctl reload mailweir"),
		make("p", how.right === null ? "" : "lacks",
		    how.right !== null
		    ? `This daemon cannot do it yet: ${backend} ${how.right}. ` +
		      "Without the right everything else goes on."
		    : backend === "nftables"
		    ? "The daemon has the right that this takes."
		    : `Whether what the backend ${backend} writes is there, ` +
		      "check tells."),
	]);
}

id("blocks-how").addEventListener("click", explain);
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
	ask: () => Promise.all([
		ask("blocks", { limit: 50, filter: state.filter }),
		ask("never", {})]),
	show,
	live,
};

// What was changed is asked for anew; the next refresh does it where this fails.
async function again()
{
	await part.ask().then(show, () => {});
}
