// tables.js - what every table is made of

import { count, id, make } from "./words.js";

function heads(titles)
{
	const row = make("tr");

	for (const title of titles) {
		const cell = make("th", "", title);

		cell.scope = "col";
		row.append(cell);
	}
	return make("thead", "", row);
}

export function head(text, name)
{
	const cell = make("th", name ?? "", text);

	cell.scope = "row";
	cell.title = text;
	return cell;
}

export function number(value, words)
{
	const cell = make("td", value === 0 ? "zero" : "",
	    (words ?? count)(value));

	if (words)
		cell.title = count(value);
	return cell;
}

// On a phone a row of a stacked table is a paragraph: figures need their title.
function setTitles(titles, row)
{
	for (const [i, cell] of [...row.cells].entries())
		if (cell.matches("td:not(.text, .actions)"))
			cell.dataset.title = titles[i];
}

export function fill(name, titles, rows, empty, foot)
{
	const body = make("tbody");

	body.append(...rows);
	if (id(name).classList.contains("stacked"))
		for (const row of rows)
			setTitles(titles, row);
	if (rows.length === 0) {
		const cell = make("td", "empty", empty);

		cell.colSpan = titles.length;
		body.append(make("tr", "", cell));
	}
	id(name).replaceChildren(heads(titles), body, ...(foot ? [foot] : []));
}
