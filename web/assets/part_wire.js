// part_wire.js - what the wire showed, the log's figure beside it

import { asked } from "./state.js";
import { fill, head, number } from "./tables.js";
import { ask, bytes, count, id, make, percent } from "./words.js";

// Of several hosts one is captured: the log's figures are to be that one's.
async function question()
{
	const answer = await ask("wire", asked());

	return answer.captured && answer.host !== null
	    ? ask("wire", { ...asked(), host: answer.host }) : answer;
}

const messages = (n) => n === 1 ? "1 message" : `${count(n)} messages`;

function losses(answer)
{
	const all = answer.packets + answer.packets_dropped;
	const words = [`${count(answer.packets)} packets captured`];

	if (answer.transcript)
		return "Read from a transcript of Sendmail's";
	if (answer.packets_dropped > 0)
		words.push(`${count(answer.packets_dropped)} dropped ` +
		    `(${percent(answer.packets_dropped / all)})`);
	else
		words.push("none dropped");
	if (answer.gaps > 0)
		words.push(`${count(answer.gaps)} gaps in sessions`);
	return words.join(", ");
}

function comparison(answer)
{
	const { logged, unlogged, unseen, uncompared } = answer;
	const words = [];

	if (logged + unlogged + unseen + uncompared === 0)
		return ["No message was held against the log"];
	if (unlogged + unseen === 0)
		words.push("The wire and the log tell of the same mail: " +
		    `${messages(logged)} in both`);
	else
		words.push(`${messages(logged)} in both, ${messages(unlogged)} ` +
		    `not in the log, ${messages(unseen)} not on the wire`);
	if (uncompared > 0)
		words.push(`${messages(uncompared)} could not be compared: ` +
		    "under TLS, or when packets or lines were lost");
	return words;
}

function senders(answer)
{
	return answer.rogue === 0 ? []
	    : [`${count(answer.rogue)} connections sent mail past the mail system`];
}

function show(answer)
{
	const link = document.querySelector("#navigation a[href='#wire']");

	id("wire").hidden = !answer.captured;
	if (link)
		link.hidden = !answer.captured;
	if (!answer.captured)
		return;
	id("wire-text").textContent = [...comparison(answer), losses(answer),
		...senders(answer)].map((words) => `${words}.`).join(" ");
	fill("wire-table", ["Fact", "Wire", "Log"], answer.facts.map((row) => {
		const name = head(row.title);
		const words = row.unit === "bytes" ? bytes : undefined;

		name.title = row.help;
		return make("tr", "", name, number(row.wire, words),
		    number(row.log, words));
	}), "Nothing was captured.");
}

export const part = {
	name: "wire",
	ask: question,
	show,
};
