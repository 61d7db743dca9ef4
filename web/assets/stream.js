// stream.js - the agent's server-sent events; EventSource connects again by itself

let stream = null;

// taker(name, data) is called with each event of these names; online(bool)
// when the stream begins and breaks.
export function listen(host, names, taker, online)
{
	stream?.close();
	stream = new EventSource(
	    `/api/v1/stream?${new URLSearchParams({ host })}`);
	for (const name of names)
		stream.addEventListener(name, (event) => {
			online(true);
			taker(name, JSON.parse(event.data));
		});
	stream.addEventListener("error", () => {
		online(false);
		// Refused for good (too many pages): ask again, slowly.
		if (stream.readyState === EventSource.CLOSED)
			setTimeout(() => listen(host, names, taker, online),
			    10000);
	});
}
