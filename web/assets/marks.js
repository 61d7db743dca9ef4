// marks.js - alerts and blocks on the time line
//
// Those that would lie over one another are one mark.  A click leads to the
// newest of them.  Keys and reasons are a stranger's: they become text.

import { colour, count, id, make, shortTime } from "./words.js";

const APART = 26;	// pixels
const LINES = 12;	// more would be in the way of the figures

const words = (mark) => mark.kind === "block"
    ? `${mark.address} blocked${mark.rule === null ? " by hand" : ""}`
    : `${mark.rule}: ${mark.sentence}`;

// By how bad it is; the worst of a heap gives its look.
const look = (mark) => mark.kind === "block" ? "block" : mark.level;
const looks = ["act", "warn", "block"];

function lead(mark)
{
	const row = mark.kind === "alert"
	    ? document.querySelector(`[data-number="${Number(mark.number)}"]`)
	    : [...document.querySelectorAll("[data-address]")].find(
		(one) => one.dataset.address === mark.address);
	const place = row ?? id(mark.kind === "block" ? "blocks" : "attention") ??
	    id("alerts");

	for (let box = place; box !== null; box = box.parentElement)
		if (box.tagName === "DETAILS")
			box.open = true;
	row?.querySelector("details")?.setAttribute("open", "");
	place.tabIndex = -1;
	place.focus({ preventScroll: true });
	place.scrollIntoView({ block: "start" });
}

// [[mark, ...], ...]: each a heap, with its place.
function heaps(u, marks)
{
	const list = [];

	for (const mark of [...marks].sort((a, b) => a.at - b.at)) {
		const left = u.valToPos(mark.at, "x");
		const last = list.at(-1);

		if (left < 0 || left > u.over.clientWidth)
			continue;
		if (last !== undefined && left - last.left < APART)
			last.marks.push(mark);
		else
			list.push({ left, marks: [mark] });
	}
	return list;
}

function button({ left, marks }, shift, most)
{
	const newest = marks.at(-1);
	const looked = looks.find((name) => marks.some(
	    (mark) => look(mark) === name));
	const box = make("button", `mark ${looked}`,
	    marks.length > 99 ? "99+" : marks.length > 1 ? String(marks.length) : "");
	const label = (marks.length > 1
	    ? `${box.textContent} marks, the newest ` : "") +
	    `${shortTime(newest.at)}: ${words(newest)}`;

	box.type = "button";
	box.title = label;
	box.setAttribute("aria-label", label);
	box.style.left = `${Math.min(left, most) + shift}px`;
	box.addEventListener("click", () => lead(newest));
	return box;
}

function line(u, { left, marks })
{
	const scale = devicePixelRatio || 1;
	const bad = marks.some((mark) => look(mark) === "act");

	u.ctx.save();
	u.ctx.strokeStyle = colour(bad ? "bad" : "quiet");
	u.ctx.lineWidth = scale;
	u.ctx.setLineDash([2 * scale, 3 * scale]);
	u.ctx.beginPath();
	u.ctx.moveTo(u.bbox.left + left * scale, u.bbox.top);
	u.ctx.lineTo(u.bbox.left + left * scale, u.bbox.top + u.bbox.height);
	u.ctx.stroke();
	u.ctx.restore();
}

// given: the API's answer; null where nobody may see them.
export function showMarks(u, given)
{
	const marks = given?.marks ?? [];
	const found = heaps(u, marks);
	const shift = u.bbox.left / (devicePixelRatio || 1);
	const key = JSON.stringify(found.map(({ left, marks: heap }) =>
	    [Math.round(left), heap.length, words(heap.at(-1))]));

	if (found.length <= LINES)
		for (const heap of found)
			line(u, heap);
	// Not while somebody holds one for nothing.
	if (id("pulse-marks").dataset.key === key)
		return;
	id("pulse-marks").dataset.key = key;
	id("pulse-older").hidden = marks.length >= (given?.total ?? 0);
	id("pulse-older").textContent =
	    `Only the newest ${count(marks.length)} of ${count(given?.total)} ` +
	    "alerts and blocks stand on the time line.";
	id("pulse-marks").replaceChildren(
	    ...found.map((heap) => button(heap, shift,
		u.over.clientWidth - APART / 2)));
}
