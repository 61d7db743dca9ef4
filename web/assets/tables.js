// tables.js - the tables, from what the API answers

import { bytes, count, id, make, percent, shortTime } from "./words.js";

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

function number(value, words)
{
	const cell = make("td", value === 0 ? "zero" : "",
	    (words ?? count)(value));

	if (words)
		cell.title = count(value);
	return cell;
}

export function fill(name, titles, rows, empty, foot)
{
	const body = make("tbody");

	body.append(...rows);
	if (rows.length === 0) {
		const cell = make("td", "empty", empty);

		cell.colSpan = titles.length;
		body.append(make("tr", "", cell));
	}
	id(name).replaceChildren(heads(titles), body, ...(foot ? [foot] : []));
}

// mailstats' columns, in its order.
const columns = [
	["msgs_from", "Msgs from"],
	["bytes_from", "Bytes from", bytes],
	["msgs_to", "Msgs to"],
	["bytes_to", "Bytes to", bytes],
	["msgs_rejected", "Rejected"],
	["msgs_discarded", "Discarded"],
	["msgs_quarantined", "Quarantined"],
];

export function mailers(answer)
{
	const cells = (mailer) => columns.map(
	    ([key, , words]) => number(mailer[key], words));
	const total = {};

	for (const [key] of columns)
		total[key] = answer.mailers.reduce(
		    (sum, mailer) => sum + (mailer[key] ?? 0), 0);
	fill("mailers", ["Mailer", ...columns.map(([, title]) => title)],
	    answer.mailers.map((mailer) => make("tr", "",
		head(mailer.mailer), ...cells(mailer))),
	    "No mail yet.",
	    make("tfoot", "", make("tr", "", head("Total"), ...cells(total))));
}

export function rejects(answer)
{
	const most = Math.max(1, ...answer.reasons.map((row) => row.count));

	fill("rejects", ["Reason", "", "Count"], answer.reasons.map((row) => {
		const bar = make("progress");
		const title = row.reason.replaceAll("_", " ");
		const name = head(title);

		name.title = row.help;
		bar.max = most;
		bar.value = row.count;
		bar.setAttribute("aria-label", `${title}: ${count(row.count)}`);
		return make("tr", "", name, make("td", "bar-cell", bar),
		    number(row.count));
	}), "Nothing was refused.");
}

export function clients(answer)
{
	id("clients-ask").hidden = true;
	fill("clients",
	    ["Client", "Rejected", "Relay", "Auth failed", "Received", "Last"],
	    answer.clients.map((row) => make("tr", "",
		head(row.address, "person"), number(row.rejected),
		number(row.relay_denied), number(row.auth_failed),
		number(row.received), make("td", "words", shortTime(row.last)))),
	    "No client yet.");
}

export function accounts(answer)
{
	id("accounts-ask").hidden = true;
	fill("accounts", ["Account", "Messages", "Recipients", "Last"],
	    answer.accounts.map((row) => make("tr", "",
		head(row.account, "person"), number(row.received),
		number(row.recipients),
		make("td", "words", shortTime(row.last)))),
	    "Nobody has signed in to send.");
}

export function coverage(answer)
{
	const c = answer.coverage;
	const words = [`${count(c.lines)} lines read, ${percent(c.share)} understood`];

	if (c.unrecognised > 0)
		words.push(`${count(c.unrecognised)} not`);
	if (c.lost > 0)
		words.push(`${count(c.lost)} lost by the logger itself`);
	id("coverage-text").textContent = [words.join(", "),
		...c.statistics.map((file) => file.words).filter(Boolean),
	].map((sentence) => `${sentence}.`).join(" ");
	fill("sources", ["Source", "State", "Format", "Lines", "Behind"],
	    c.sources.map((row) => {
		const name = head(row.title);

		name.title = row.path;
		const state = make("td", "words", row.state);

		state.title = row.trouble ?? "";
		return make("tr", "", name, state,
		    make("td", "words", row.format ?? ""),
		    number(row.lines),
		    make("td", "", `${count(row.lag_seconds)} s`));
	    }), "No source is being read.");
}
