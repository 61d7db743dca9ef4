// words.js - numbers, times and elements; text is only ever text

const whole = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined,
    { notation: "compact", maximumFractionDigits: 1 });
const tenth = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(undefined,
    { style: "percent", maximumFractionDigits: 2 });
const day = new Intl.DateTimeFormat(undefined,
    { dateStyle: "medium", timeStyle: "short" });

export const locale = whole.resolvedOptions().locale;

export function count(value)
{
	if (value === null || value === undefined)
		return "–";
	return Math.abs(value) < 1e8 ? whole.format(Math.round(value))
				     : compact.format(value);
}

export const rate = (value) => tenth.format(value);
export const percent = (value) => value === null ? "–" : share.format(value);
const shortShare = new Intl.NumberFormat(undefined,
    { style: "percent", maximumFractionDigits: 1 });
export const shortPercent = (value) => value === null ? "–"
    : shortShare.format(value);
const moment = new Intl.DateTimeFormat(undefined, { month: "short",
	day: "numeric", hour: "numeric", minute: "2-digit" });
export const shortTime = (seconds) => moment.format(new Date(seconds * 1000));
export const time = (seconds) => day.format(new Date(seconds * 1000));

const sizes = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

export function bytes(value)
{
	let i = 0;

	if (value === 0)
		return count(0);
	while (value >= 1000 && i < sizes.length - 1) {
		value /= 1000;
		i++;
	}
	return new Intl.NumberFormat(undefined, { style: "unit",
		unit: sizes[i], unitDisplay: "short",
		maximumFractionDigits: value < 10 && i > 0 ? 1 : 0 })
	    .format(value);
}

const signed = new Intl.NumberFormat(undefined, { style: "percent",
	maximumFractionDigits: 0, signDisplay: "exceptZero" });
const signedTenth = new Intl.NumberFormat(undefined,
    { maximumFractionDigits: 1, signDisplay: "exceptZero" });

// "+12 %", from the one to the other; null where that is none.
export const growth = (value, previous) =>
    Math.abs(value / previous - 1) < 0.005 ? null
    : signed.format(value / previous - 1);
export const difference = (more) => signedTenth.format(Math.round(more));
// Of two shares: "+2.1 points"; null where that is none.
export const percentPoints = (more) => Math.abs(more) < 0.0005 ? null
    : `${signedTenth.format(more * 100)} points`;

// About how long; span() below says it exactly.
export function duration(seconds)
{
	const [unit, size] = seconds === null ? [] : seconds < 100
	    ? ["second", 1] : seconds < 6000 ? ["minute", 60]
	    : seconds < 172800 ? ["hour", 3600] : ["day", 86400];

	return seconds === null ? "–"
	    : new Intl.NumberFormat(undefined, { style: "unit", unit,
		unitDisplay: "short",
		maximumFractionDigits: seconds < 10 ? 1 : 0 })
		.format(seconds / size);
}

// The page's words are English, whatever the numbers are written like.
const days = new Intl.DateTimeFormat("en", { weekday: "long" });
export const weekday = (seconds) => days.format(new Date(seconds * 1000));

// "UTC+5:30"
export function zoneName(seconds)
{
	const minutes = Math.abs(seconds) / 60;
	const rest = String(minutes % 60).padStart(2, "0");

	return seconds === 0 ? "UTC" : `UTC${seconds < 0 ? "−" : "+"}` +
	    `${Math.floor(minutes / 60)}${rest === "00" ? "" : `:${rest}`}`;
}

export const id = (name) => document.getElementById(name);

// An element with a class and children; strings become text.
export function make(tag, name, ...children)
{
	const element = document.createElement(tag);

	if (name)
		element.className = name;
	element.append(...children);
	return element;
}

export function drawing(tag, attributes)
{
	const element = document.createElementNS(
	    "http://www.w3.org/2000/svg", tag);

	for (const [name, value] of Object.entries(attributes))
		element.setAttribute(name, value);
	return element;
}

// A colour of the style sheet.
export const colour = (name) => getComputedStyle(document.documentElement)
    .getPropertyValue(`--${name}`).trim();

const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

// 600 is "10 min": in the largest unit that says it without a fraction.
export function span(seconds)
{
	const [name, size] = units.find(([, size]) => seconds % size === 0);

	return `${count(seconds / size)} ${name}`;
}

// 3725 is "1 h 2 min": the two largest units; what is over is "over".
export function remaining(seconds)
{
	const i = units.findIndex(([, size]) => seconds >= size);
	const parts = [];

	if (i === -1)
		return "over";
	for (const [name, size] of units.slice(i, i + 2)) {
		if (seconds >= size || parts.length === 0)
			parts.push(`${count(Math.floor(seconds / size))} ${name}`);
		seconds %= size;
	}
	return parts.join(" ");
}

const wait = (milliseconds) => new Promise(
    (done) => setTimeout(done, milliseconds));

// The answer of the API; where it says "try again" (503), that is done.
export async function ask(path, parameters)
{
	const query = new URLSearchParams();

	for (const [name, value] of Object.entries(parameters))
		for (const one of [value].flat())
			if (one !== "")
				query.append(name, one);
	for (let attempt = 0;; attempt++) {
		const answer = await fetch(`/api/v1/${path}?${query}`);

		if (answer.ok)
			return answer.json();
		if (answer.status !== 503 || attempt === 5)
			throw new Error(`${path}: ${answer.status}`);
		await wait(500 + Math.random() * 1000);
	}
}

// Have the agent change something; null, or in words why it did not.
export async function change(method, path, body)
{
	try {
		const answer = await fetch(`/api/v1/${path}`, { method,
			headers: body ? { "Content-Type": "application/json" }
				      : {},
			body: body && JSON.stringify(body) });

		return answer.ok ? null : (await answer.json()).error;
	} catch (problem) {
		return "The agent does not answer.";
	}
}
