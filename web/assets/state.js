// state.js - what is looked at: the span, the host, the filter; the URL has it
//
// A link to the page shows what its sender saw.

const defaults = { range: "24h", from: null, to: null, host: "", filter: "",
	reason: "" };
const takers = [];

export const state = { ...defaults };

function read()
{
	const query = new URLSearchParams(location.search);
	const number = (name) => /^\d{1,12}$/.test(query.get(name) ?? "")
	    ? Number(query.get(name)) : null;

	Object.assign(state, defaults);
	for (const name of ["range", "host", "filter", "reason"])
		if (query.get(name))
			state[name] = query.get(name);
	state.from = number("from");
	state.to = number("to");
	if (state.from === null || state.to === null || state.from >= state.to)
		state.from = state.to = null;
}

function address()
{
	const query = new URLSearchParams();

	for (const [name, value] of Object.entries(state))
		if (value !== defaults[name])
			query.append(name, value);
	return query.size === 0 ? location.pathname : `?${query}`;
}

function tell()
{
	for (const taker of takers)
		taker(state);
}

// A change that a person made: Back undoes it.
export function setState(changes)
{
	const before = address();

	Object.assign(state, changes);
	if (address() === before)
		return;
	history.pushState(null, "", address());
	tell();
}

// taker(state) is called after each change.
export function onState(taker)
{
	takers.push(taker);
}

// The span and host, as the API wants them.
export function asked()
{
	return state.from === null
	    ? { range: state.range, host: state.host }
	    : { from: state.from, to: state.to, host: state.host };
}

export const shows = (...texts) => texts.some((text) =>
    (text ?? "").toLowerCase().includes(state.filter.toLowerCase()));

window.addEventListener("popstate", () => {
	read();
	tell();
});
read();
