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

const lengths = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

// 5400 is "1.5 hr", in the reader's language: for what is measured.
export function duration(seconds)
{
	const [unit, size] = lengths.find(([, size]) => seconds >= size) ??
	    lengths.at(-1);

	return new Intl.NumberFormat(undefined, { style: "unit", unit,
		unitDisplay: "short", maximumFractionDigits: 1 })
	    .format(seconds / size);
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
