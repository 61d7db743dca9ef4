// live.js - what happens now, second by second
//
// The stream sends running totals, so a second that is skipped is not lost;
// EventSource connects again by itself.

import { colour, id, rate } from "./words.js";

const SECONDS = 60;
const seconds = [];	// { now, received, sent, rejected }, the newest last
let stream = null;
let last = null;
let take = null;	// called with each message

function bars()
{
	const canvas = id("live-canvas");
	const scale = window.devicePixelRatio || 1;
	const width = canvas.clientWidth * scale;
	const height = canvas.clientHeight * scale;
	const pen = canvas.getContext("2d");
	const slot = width / SECONDS;
	const most = Math.max(4, ...seconds.map((s) => s.received + s.rejected));

	canvas.width = width;
	canvas.height = height;
	pen.fillStyle = colour("line");
	pen.fillRect(0, height - scale, width, scale);
	seconds.forEach((second, i) => {
		const x = width - (seconds.length - i) * slot;
		const accepted = second.received / most * (height - scale);
		const rejected = second.rejected / most * (height - scale);

		pen.fillStyle = colour("accepted");
		pen.fillRect(x, height - accepted, slot * 0.72, accepted);
		pen.fillStyle = colour("refused");
		pen.fillRect(x, height - accepted - rejected, slot * 0.72,
		    rejected);
	});
}

function figures()
{
	const sum = (name) => seconds.reduce(
	    (total, second) => total + second[name], 0);

	id("live-in").textContent = rate(sum("received"));
	id("live-out").textContent = rate(sum("sent"));
	id("live-rejected").textContent = rate(sum("rejected"));
}

function receive(event)
{
	const message = JSON.parse(event.data);
	const totals = message.totals;
	const gone = last === null ? 0 : message.now - last.now;
	const grown = (name) => Math.max(0,
	    totals[name] - last.totals[name]);

	id("live-dot").className = "dot on";
	// What is read back from old logs is not what happens now.
	if (last !== null && message.catching_up < 0 && last.catching_up < 0) {
		for (let i = 1; i < Math.min(gone, SECONDS); i++)
			seconds.push({ received: 0, sent: 0, rejected: 0 });
		seconds.push({
			received: grown("messages.received"),
			sent: grown("messages.sent"),
			rejected: grown("rejects.total"),
		});
		seconds.splice(0, seconds.length - SECONDS);
	}
	last = message;
	bars();
	figures();
	take(message);
}

// taker: called with each message; news: with "alerts" or "blocks", when they
// are not what they were.
export function listen(host, taker, news)
{
	stream?.close();
	seconds.length = 0;
	last = null;
	take = taker;
	stream = new EventSource(
	    `/api/v1/stream?${new URLSearchParams({ host })}`);
	stream.addEventListener("counts", receive);
	for (const name of ["alerts", "blocks"])
		stream.addEventListener(name, () => news(name));
	stream.addEventListener("error", () => {
		id("live-dot").className = "dot";
		// Refused for good (too many pages): ask again, slowly.
		if (stream.readyState === EventSource.CLOSED)
			setTimeout(() => listen(host, taker, news), 10000);
	});
}
