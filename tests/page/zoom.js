// a_drag_over_the_pulse_zooms_and_back_undoes_it

const query = () => new URLSearchParams(location.search);

await until(() => document.body.dataset.ready === "zoom", "it is zoomed");
const [from, to] = [query().get("from"), query().get("to")].map(Number);
const { tiles } = await get(`overview?${asked()}`);

claim(to > from && to - from < 4 * 86400, `from ${from} to ${to}`);
for (const name of ["received", "sent", "deferred", "bounced"])
	same(name, digits(document.getElementById(`tile-${name}`).textContent),
	    tiles[name].value);
history.back();
await until(() => query().get("from") === null &&
    document.body.dataset.ready === "7d", "back to 7 days");
