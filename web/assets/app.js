// app.js - the page: its parts, in order; ask, show, listen, ask again
//
// A part is one file and one row here:
//   name      the id of its section
//   people    it names them: only for who is signed in
//   ask(state, overview)   what it asks the API; without it, the overview is all
//             it needs
//   show(answer, overview)
//   news      events of the stream after which it is asked again
//   live(message, overview)   what the stream tells every second
//   early(message)            the same, before there is an overview
//   events    { name: taker(data) }: further events of the stream
//   forget()  another host is looked at
//
// The agent's clock is the page's clock: every span ends at the agent's now.

import { part as verdict } from "./part_verdict.js";
import { part as tiles } from "./part_tiles.js";
import { part as pulse } from "./part_pulse.js";
import { part as filter } from "./part_filter.js";
import { part as attention } from "./part_attention.js";
import { part as alerts } from "./part_alerts.js";
import { part as mailers } from "./part_mailers.js";
import { part as rejects } from "./part_rejects.js";
import { part as clients } from "./part_clients.js";
import { part as accounts } from "./part_accounts.js";
import { part as domains } from "./part_domains.js";
import { part as destinations } from "./part_destinations.js";
import { part as events } from "./part_events.js";
import { part as blocks } from "./part_blocks.js";
import { part as rules } from "./part_rules.js";
import { part as find } from "./part_find.js";
import { part as coverage } from "./part_coverage.js";
import { part as wire } from "./part_wire.js";
import { asked, onState, setState, state } from "./state.js";
import { listen } from "./stream.js";
import { ask, id, make, time, zoneName } from "./words.js";

const parts = [filter, verdict, tiles, pulse, attention, alerts, mailers,
	rejects, clients, accounts, domains, destinations, events, blocks,
	rules, find, wire, coverage];

const words = { "1h": "the last hour", "24h": "the last 24 hours",
	"7d": "the last 7 days", "30d": "the last 30 days",
	"1y": "the last year", "5y": "the last 5 years" };
let overview = null;	// the last one
let turn = 0;		// answers to an older question are dropped

function spanWords()
{
	return state.from === null ? words[state.range] ?? state.range
	    : `${time(state.from)} – ${time(state.to)}`;
}

function showHosts(hosts)
{
	const list = id("host");

	id("host-label").hidden = hosts.length < 2;
	if (list.options.length !== hosts.length + 1) {
		list.replaceChildren(make("option", "", "all hosts"),
		    ...hosts.map((name) => make("option", "", name)));
		list.options[0].value = "";
	}
	list.value = state.host;
}

// The parts that have a title, in the page's order.
function showNavigation()
{
	id("navigation").replaceChildren(...[...document.querySelectorAll(
	    "main section[id] h2")].map((title) => {
		const link = make("a", "", title.textContent);

		link.href = `#${title.closest("section").id}`;
		return link;
	}));
	followNavigation();
}

// The part that is being read: the last one whose top has passed the bar.
function followNavigation()
{
	const links = [...id("navigation").children];
	const sections = links.map((link) => id(link.hash.slice(1)));
	const mark = () => {
		const edge = id("navigation").getBoundingClientRect().bottom + 40;
		const bottom = innerHeight + scrollY >=
		    document.documentElement.scrollHeight - 2;
		const at = bottom ? links.length - 1 : sections.findLastIndex(
		    (section) => !section.hidden &&
			section.getBoundingClientRect().top <= edge);

		links.forEach((link, i) => {
			if (i !== at)
				link.removeAttribute("aria-current");
			else if (!link.hasAttribute("aria-current")) {
				link.setAttribute("aria-current", "true");
				id("navigation").scrollTo({ left: link.offsetLeft -
				    id("navigation").clientWidth / 2 });
			}
		});
	};

	addEventListener("scroll", mark, { passive: true });
	addEventListener("resize", mark);
	mark();
}

// Times are the browser's; the host's clock stands beside it if it differs.
function showZones()
{
	const { now, zone_seconds: there } = overview;
	const here = -60 * new Date(now * 1000).getTimezoneOffset();
	const clock = new Intl.DateTimeFormat(undefined,
	    { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

	id("foot-time").textContent = `${time(now)}, ` +
	    `${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
	id("zone").hidden = here === there;
	id("zone").textContent = here === there ? "" : "Times are yours, " +
	    `${zoneName(here)}; on the host it is ` +
	    `${clock.format(new Date((now + there) * 1000))}, ` +
	    `${zoneName(there)}.`;
}

// What belongs to no part: who is asking, and the words about the span.
function showFrame()
{
	showHosts(overview.hosts);
	id("sign-in").hidden = overview.signed_in;
	id("sign-out").hidden = !overview.signed_in;
	for (const place of document.querySelectorAll(".ask"))
		place.hidden = overview.signed_in;
	for (const place of document.querySelectorAll("[data-span]"))
		place.textContent = spanWords();
	for (const place of document.querySelectorAll("[data-since]"))
		place.textContent = overview.span.first === 0 ? ""
		    : `since ${time(overview.span.first)}`;
	showZones();
}

async function refreshPart(part, mine)
{
	if (part.people && !overview.signed_in)
		return;
	const answer = await part.ask?.(state, overview);

	if (mine === turn)
		part.show(answer, overview);
}

async function refresh()
{
	const mine = ++turn;
	const span = state.from === null ? state.range : "zoom";

	try {
		const answer = await ask("overview", asked());

		if (mine !== turn)
			return;
		overview = answer;
		showFrame();
		await Promise.all(parts.map((part) => refreshPart(part, mine)));
		if (mine === turn)
			document.body.dataset.ready = span;
	} catch (problem) {
		console.debug(problem);
		if (mine === turn && overview === null)
			id("verdict-rest").textContent =
			    "The agent does not answer; trying again.";
	}
}

function take(name, data)
{
	// What another host counts is not added to this one's.
	if (overview === null || overview.host !== state.host) {
		for (const part of name === "counts" ? parts : [])
			part.early?.(data);
		return;
	}
	// The past is read back: now its figures are there.
	if (name === "counts" && overview.catching_up >= 0 &&
	    data.catching_up < 0) {
		overview.catching_up = -1;
		refresh();
	}
	for (const part of parts) {
		part.events?.[name]?.(data);
		if (name === "counts")
			part.live?.(data, overview);
		else if (part.news?.includes(name))
			// The next refresh does it where this one fails.
			refreshPart(part, turn).catch(() => {});
	}
}

function listenToHost()
{
	const names = new Set(["counts", ...parts.flatMap((part) =>
	    [...part.news ?? [], ...Object.keys(part.events ?? {})])]);

	for (const part of parts)
		part.forget?.();
	listen(state.host, names, take, (on) => {
		id("live-dot").className = on ? "dot on" : "dot";
	});
}

function checkRange()
{
	for (const input of document.querySelectorAll("#ranges input"))
		input.checked = state.from === null && input.value === state.range;
}

id("ranges").addEventListener("change", (event) =>
	setState({ range: event.target.value, from: null, to: null }));
id("host").addEventListener("change", () =>
	setState({ host: id("host").value }));
let listening = state.host;
onState(() => {
	checkRange();
	if (state.host !== listening) {
		listening = state.host;
		listenToHost();
	}
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

showNavigation();
checkRange();
refresh();
listenToHost();
