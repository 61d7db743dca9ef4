// minute.js - the last minute, second by second
//
// The stream sends running totals, so a second that is skipped is not lost.

import { colour, id, rate } from "./words.js";

const SECONDS = 60;
const seconds = [];	// { now, received, sent, rejected }, the newest last
let last = null;

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

export function tick(message)
{
	const totals = message.totals;
	const gone = last === null ? 0 : message.now - last.now;
	const grown = (name) => Math.max(0,
	    totals[name] - last.totals[name]);

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
}

// Another host: what was counted is not its.
export function forget()
{
	seconds.length = 0;
	last = null;
}
