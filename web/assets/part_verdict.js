// part_verdict.js - how it is, in one sentence, and how far the past is read

import { id, percent } from "./words.js";

const signs = { ok: "✓", warn: "!", bad: "✕" };

function showProgress(done)
{
	id("catching").hidden = done < 0;
	if (done < 0)
		return;
	id("catching-bar").value = done;
	id("catching-text").textContent =
	    `Reading back the logs: ${percent(done / 100)}`;
}

function show(overview)
{
	const verdict = overview.verdict;
	const end = verdict.text.indexOf(". ") + 1;
	const first = verdict.text.slice(0, end);
	const rest = verdict.text.slice(end + 1);

	showProgress(overview.catching_up);
	id("note").hidden = overview.note === null;
	id("note").textContent = overview.note ?? "";
	id("verdict").className = `verdict ${verdict.level}`;
	id("verdict-sign").textContent = signs[verdict.level];
	// Only a change is announced.
	if (id("verdict-first").textContent !== first)
		id("verdict-first").textContent = first;
	if (id("verdict-rest").textContent !== rest)
		id("verdict-rest").textContent = rest;
	document.title = `${signs[verdict.level]} ${first} mailweir`;
}

export const part = {
	name: "verdict",
	show: (answer, overview) => show(overview),
	live: (message) => showProgress(message.catching_up),
};
