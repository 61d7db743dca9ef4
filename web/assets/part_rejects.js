// part_rejects.js - why mail was refused: over time, and in all

import { canDraw, makeChart, onTheme } from "./chart.js";
import { askFigures } from "./figures.js";
import { reasonColour, reasons, reasonTitle } from "./reasons.js";
import { asked, setState, state } from "./state.js";
import { fill, number, overTime } from "./tables.js";
import { ask, colour, count, id, make } from "./words.js";

let figures = null;
let answer = null;
let chart = null;

// Only what occurred is drawn; of the chosen one alone.
function groups()
{
	return reasons.map((reason) => ({ reason, title: reasonTitle(reason),
		fill: reasonColour(reason), row: figures.values[`rejects.${reason}`],
		on: state.reason === "" || state.reason === reason }))
	    .filter((group) => group.row.some((value) => value > 0));
}

// In the table, beside the sums: what the pointer is at.
function showFigures(k)
{
	for (const cell of id("rejects-table").querySelectorAll("[data-reason]"))
		cell.textContent = k === null ? ""
		    : count(figures.values[`rejects.${cell.dataset.reason}`]?.[k]);
}

function draw()
{
	if (figures === null)
		return;
	id("rejects-chart").hidden = !canDraw() || groups().length === 0;
	if (!canDraw())
		return;
	chart ??= makeChart(id("rejects-chart"), { height: 300,
		hover: showFigures });
	chart.show({ times: figures.times, step: figures.step,
		known: figures.values["agent.known"], groups: groups() });
}

function swatch(reason)
{
	const box = make("i", "swatch");

	box.style.background = reasonColour(reason);
	return box;
}

// The reason is a button: it alone is then shown in the pulse.
function head({ reason, help })
{
	const button = make("button", "choose", swatch(reason),
	    reasonTitle(reason));
	const cell = make("th", "", button);

	button.type = "button";
	button.title = help;
	button.setAttribute("aria-pressed", state.reason === reason);
	button.addEventListener("click", () => setState(
	    { reason: state.reason === reason ? "" : reason }));
	cell.scope = "row";
	return cell;
}

function row(line, most)
{
	const bar = make("progress");
	const here = make("span", "here");

	bar.max = most;
	bar.value = line.count;
	bar.setAttribute("aria-label",
	    `${reasonTitle(line.reason)}: ${count(line.count)}`);
	here.dataset.reason = line.reason;
	return make("tr", "", head(line), make("td", "bar-cell", bar, here),
	    number(line.count));
}

function table()
{
	const most = Math.max(1, ...answer.reasons.map((line) => line.count));

	fill("rejects-table",
	    ["Reason", make("span", "unseen", "As a bar"), "Count"],
	    answer.reasons.map((line) => row(line, most)),
	    "Nothing was refused.");
}

function figuresTable()
{
	if (id("rejects-figures").open && figures !== null)
		overTime("rejects-figures-table", figures.times, groups());
}

function show([rejects, series])
{
	answer = rejects;
	figures = series;
	table();
	draw();
	figuresTable();
}

export const part = {
	name: "rejects",
	ask: () => Promise.all([ask("rejects", asked()), askFigures()]),
	show,
};

id("rejects-figures").addEventListener("toggle", figuresTable);
onTheme(() => {
	if (answer !== null)
		show([answer, figures]);
});
