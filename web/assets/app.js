// app.js - the page: ask, show, listen, ask again
//
// The agent's clock is the page's clock: every span ends at the agent's now.

import * as alerts from "./alerts.js";
import * as chart from "./chart.js";
import { listen } from "./live.js";
import * as tables from "./tables.js";
import { ask, count, drawing, id, make, percent, time } from "./words.js";

// Enough for points of 1 minute, 5 minutes, half an hour, 2 hours, a day.
const points = { "1h": 62, "24h": 300, "7d": 350, "30d": 370, "1y": 370 };
const words = { "1h": "the last hour", "24h": "the last 24 hours",
	"7d": "the last 7 days", "30d": "the last 30 days",
	"1y": "the last year" };
const units = { replies: "refusals" };
const signs = { ok: "✓", warn: "!", bad: "✕" };
// What a tile counts, as the stream calls it.
const tileTotals = {};
let shown = null;	// the last overview
let host = "";
let turn = 0;		// answers to an older question are dropped

const range = () => document.querySelector("#ranges input:checked").value;

function sparkline(values)
{
	// The last point is not over yet, and would look like a fall.
	const known = values.slice(0, -1).map((value) => value ?? 0);
	const most = Math.max(1, ...known);
	const line = known.map((value, i) =>
	    `${i / (known.length - 1) * 100},${31 - value / most * 28}`);
	const box = drawing("svg", { viewBox: "0 0 100 34",
		preserveAspectRatio: "none", "aria-hidden": "true" });

	if (known.length > 1)
		box.append(
		    drawing("polygon", { points: `0,34 ${line.join(" ")} 100,34` }),
		    drawing("polyline", { points: line.join(" ") }));
	return box;
}

function tile(name, figure)
{
	const isShare = figure.unit === "ratio";
	const value = make("span", "value",
	    isShare ? percent(figure.value) : count(figure.value));
	const item = make("li", `tile ${name}`, make("span", "name", figure.title),
	    value, make("span", "unit",
		isShare ? "of the log understood"
		    : units[figure.unit] ?? figure.unit));

	item.title = figure.help;
	value.id = `tile-${name}`;
	if (figure.points)
		item.append(sparkline(figure.points));
	if (isShare && figure.value !== null) {
		const meter = make("progress");

		meter.max = 1;
		meter.value = figure.value;
		meter.setAttribute("aria-hidden", "true");
		item.append(meter);
	}
	tileTotals[name] = figure.metric;
	return item;
}

function showVerdict(verdict)
{
	const end = verdict.text.indexOf(". ") + 1;
	const first = verdict.text.slice(0, end);
	const rest = verdict.text.slice(end + 1);

	id("verdict").className = `verdict ${verdict.level}`;
	id("verdict-sign").textContent = signs[verdict.level];
	// Only a change is announced.
	if (id("verdict-first").textContent !== first)
		id("verdict-first").textContent = first;
	if (id("verdict-rest").textContent !== rest)
		id("verdict-rest").textContent = rest;
	document.title = `${signs[verdict.level]} ${first} mailweir`;
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

function showHosts(hosts)
{
	const list = id("host");

	id("host-label").hidden = hosts.length < 2;
	if (list.options.length === hosts.length + 1)
		return;
	list.replaceChildren(make("option", "", "all hosts"),
	    ...hosts.map((name) => make("option", "", name)));
	list.options[0].value = "";
	list.value = host;
}

function showOverview(answer)
{
	shown = answer;
	showVerdict(answer.verdict);
	showProgress(answer.catching_up);
	showHosts(answer.hosts);
	id("note").hidden = answer.note === null;
	id("note").textContent = answer.note ?? "";
	id("tiles").replaceChildren(...Object.entries(answer.tiles).map(
	    ([name, figure]) => tile(name, figure)));
	tables.coverage(answer);
	id("sign-in").hidden = answer.signed_in;
	id("sign-out").hidden = !answer.signed_in;
	for (const place of document.querySelectorAll("[data-span]"))
		place.textContent = words[range()];
	for (const place of document.querySelectorAll("[data-since]"))
		place.textContent = answer.span.first === 0 ? ""
		    : `since ${time(answer.span.first)}`;
	id("foot-time").textContent = `${time(answer.now)}, ` +
	    `${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
}

// What was counted since the overview is added to its tiles.
function showLive(message)
{
	showProgress(message.catching_up);
	if (shown === null || message.catching_up >= 0)
		return;
	for (const [name, metric] of Object.entries(tileTotals)) {
		const now = message.totals[metric];
		const then = shown.totals[metric];

		if (now === undefined || then === undefined ||
		    shown.tiles[name].value === null || now < then ||
		    shown.tiles[name].unit === "ratio")
			continue;
		id(`tile-${name}`).textContent =
		    count(shown.tiles[name].value + now - then);
	}
}

// Lists that name people; only for who is signed in.
const lists = {
	alerts: () => ask("alerts", { limit: 20 }).then(alerts.showAlerts),
	blocks: () => ask("blocks", { limit: 50 }).then(alerts.showBlocks),
	rules: () => ask("rules", {}).then(alerts.showRules),
};

function showNews(name)
{
	// The next refresh does it where this one fails.
	lists[name]().catch(() => {});
}

async function refresh()
{
	const mine = ++turn;
	const span = range();
	const asked = { range: span, host };
	const show = (taker) => (answer) => mine === turn && taker(answer);

	try {
		const overview = await ask("overview", asked);

		if (mine !== turn)
			return;
		showOverview(overview);
		await Promise.all([
			ask("series", { ...asked, name: chart.wanted,
			    points: points[span] })
			    .then(show((answer) => chart.show(answer, span, host))),
			ask("mailers", { ...asked, limit: 48 })
			    .then(show(tables.mailers)),
			ask("rejects", asked).then(show(tables.rejects)),
			...(overview.signed_in ? [
				ask("clients", { limit: 10 })
				    .then(show(tables.clients)),
				ask("accounts", { limit: 10 })
				    .then(show(tables.accounts)),
				...Object.values(lists).map((list) => list()),
			] : []),
		]);
		if (mine === turn)
			document.body.dataset.ready = span;
	} catch (problem) {
		if (mine === turn && shown === null)
			id("verdict-rest").textContent =
			    "The agent does not answer; trying again.";
	}
}

function fromAddress()
{
	const wanted = location.hash.slice(1);
	const button = [...document.querySelectorAll("#ranges input")].find(
	    (input) => input.value === wanted);

	if (button && !button.checked)
		button.checked = true;
}

id("ranges").addEventListener("change", () => {
	history.replaceState(null, "", `#${range()}`);
	refresh();
});
window.addEventListener("hashchange", () => {
	fromAddress();
	refresh();
});
id("host").addEventListener("change", () => {
	host = id("host").value;
	listen(host, showLive, showNews);
	refresh();
});
document.addEventListener("visibilitychange", () => {
	if (!document.hidden)
		refresh();
});
setInterval(() => {
	if (!document.hidden)
		refresh();
}, 30000);

alerts.listenToForm(() => showNews("blocks"));
fromAddress();
refresh();
listen(host, showLive, showNews);
