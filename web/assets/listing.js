// listing.js - a table that a person sorts, filters and lengthens
//
// The agent sorts and filters: it has more rows than are shown.  A table's own
// box stands before the page's filter, which a click on any name sets.

import { setState, state } from "./state.js";
import { ask, count, id, make } from "./words.js";

const first = 10, step = 50, most = 1000;	// rows

// A name that strangers chose: text, and a button that filters the page by it.
export function nameButton(text)
{
	const button = make("button", "name", text);

	button.type = "button";
	button.title = text;
	button.dataset.key = text;
	button.addEventListener("click", () => setState({ filter: text }));
	return button;
}

function nameCell(text)
{
	const cell = make("th", "person", nameButton(text));

	cell.scope = "row";
	return cell;
}

function headCell({ title, sort, words }, view, again)
{
	const cell = make("th");

	cell.scope = "col";
	if (!sort) {
		cell.append(title);
		return cell;
	}
	const button = make("button", "sort", title);

	button.type = "button";
	button.addEventListener("click", () => {
		view.sort = sort;
		again();
	});
	cell.append(button);
	cell.dataset.sort = sort;
	cell.dataset.way = words ? "ascending" : "descending";
	return cell;
}

// Who has the focus in there keeps it, though its element is a new one.
export function replace(place, elements)
{
	const key = place.contains(document.activeElement)
	    ? document.activeElement.dataset.key : undefined;

	place.replaceChildren(...elements);
	if (key !== undefined)
		place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

function tools(title, view, again)
{
	const box = make("input"), hosts = make("span", "quiet", "all hosts");
	let timer = 0;

	box.type = "search";
	box.maxLength = 200;
	box.spellcheck = false;
	box.setAttribute("aria-label", `Filter: ${title}`);
	box.addEventListener("input", () => {
		clearTimeout(timer);
		timer = setTimeout(() => {
			view.filter = box.value.trim();
			again();
		}, 200);
	});
	return { box, hosts, bar: make("div", "tools", hosts, box) };
}

// A part, or a half of one:
//   table     the id of its table
//   title     for who cannot see where its filter box stands
//   path      of the API, and what it is asked beside
//   list, name   in the answer the rows, and in those the name
//   columns   { title, sort: the API's word, words: it sorts words,
//             cell(row) }; the first is the name
export function listing({ table, title, path, asking = {}, list, name, columns,
    sort, empty })
{
	const view = { sort, filter: "", limit: first };
	const body = make("tbody"), said = make("p", "quiet");
	const more = make("button", "", `Show ${step} more`);
	const again = () => part.ask().then(part.show, () => {});
	const { box, hosts, bar } = tools(title, view, again);
	const heads = columns.map((column) => headCell(column, view, again));
	const foot = make("div", "tools", said, more);
	const place = id(table);
	let turn = 0;

	more.type = "button";
	more.addEventListener("click", () => {
		view.limit += step;
		again();
	});

	// Nothing stands there before somebody may see it.
	function makeFrame()
	{
		place.append(make("thead", "", make("tr", "", ...heads)), body);
		place.parentElement.before(bar);
		place.parentElement.after(foot);
	}

	function showFrame(answer)
	{
		const left = answer.total - answer[list].length;
		const filter = view.filter || state.filter;

		if (!bar.isConnected)
			makeFrame();
		for (const cell of heads)
			if (cell.dataset.sort === view.sort)
				cell.setAttribute("aria-sort", cell.dataset.way);
			else
				cell.removeAttribute("aria-sort");
		box.placeholder = state.filter || "Filter";
		hosts.hidden = state.host === "";
		more.hidden = left === 0 || view.limit >= most;
		said.textContent = answer.total === 0 ? ""
		    : `${count(answer[list].length)} of ${count(answer.total)}` +
			(filter ? ` that contain “${filter}”` : "");
	}

	const part = {
		// Null where it was asked again in the meantime.
		async ask() {
			const mine = ++turn;
			const answer = await ask(path, { ...asking,
				sort: view.sort, limit: view.limit,
				filter: view.filter || state.filter });

			return mine === turn ? answer : null;
		},
		show(answer) {
			if (answer === null)
				return;
			showFrame(answer);
			replace(body, answer[list].length === 0
			    ? [nothing(empty, columns.length)]
			    : answer[list].map((row) => make("tr", "",
				nameCell(row[name]),
				...columns.slice(1).map(({ cell }) => cell(row)))));
		},
	};
	return part;
}

function nothing(words, columns)
{
	const cell = make("td", "empty",
	    state.filter ? "Nothing that the filter lets pass." : words);

	cell.colSpan = columns;
	return make("tr", "", cell);
}
