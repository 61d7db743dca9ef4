// stream.js - the agent's server-sent events; EventSource connects again by itself
//
// A browser has six connections to a host: a page that nobody sees, in another
// tab or behind the Back button, holds none of them.

let stream = null;
let open = null;	// opens it again

// taker(name, data) is called with each event of these names; online(bool)
// when the stream begins and breaks.
export function listen(host, names, taker, online)
{
	open = () => {
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
				setTimeout(show, 10000);
		});
	};
	show();
}

function show()
{
	if (document.hidden)
		stream?.close();
	else
		open?.();
}

document.addEventListener("visibilitychange", show);
window.addEventListener("pagehide", () => stream?.close());
window.addEventListener("pageshow", (event) => {
	if (event.persisted)
		show();
});
