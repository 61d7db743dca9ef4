// part_verdict.js - how it is, in one sentence, and how far the past is read

import { id, percent } from "./words.js";

const signs = { ok: "✓", warn: "!", bad: "✕" };

// Only a change is announced.
function say(name, text)
{
	if (id(name).textContent !== text)
		id(name).textContent = text;
}

function showProgress(done)
{
	id("catching").hidden = done < 0;
	if (done < 0)
		return;
	id("catching-bar").value = done;
	id("catching-text").textContent =
	    `Reading back the logs: ${percent(done / 100)}`;
}

// To the part of the page that explains it.
function showLink(verdict)
{
	const title = verdict.part === null ? null
	    : id(verdict.part)?.querySelector("h2");
	const link = id("verdict-link");

	link.hidden = !title;
	if (!title)
		return;
	link.href = verdict.link;
	link.textContent = `See ${title.textContent}`;
}

function show(overview)
{
	const { level, reason, text } = overview.verdict;

	showProgress(overview.catching_up);
	id("note").hidden = overview.note === null;
	id("note").textContent = overview.note ?? "";
	id("verdict").className = `verdict ${level}`;
	id("verdict-sign").textContent = signs[level];
	say("verdict-first", reason);
	say("verdict-rest", text.slice(reason.length + 1));
	showLink(overview.verdict);
	document.title = `${signs[level]} ${reason} mailweir`;
}

export const part = {
	name: "verdict",
	show: (answer, overview) => show(overview),
	live: (message) => showProgress(message.catching_up),
};
