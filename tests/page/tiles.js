// the_tiles_show_what_the_ledger_says

const { tiles } = await get(`overview?${asked()}`);
const metrics = { received: "messages.received", sent: "messages.sent",
	deferred: "messages.deferred", bounced: "messages.bounced",
	relay_attempts: "relay.denied" };

for (const [name, metric] of Object.entries(metrics)) {
	const shown = digits(document.getElementById(`tile-${name}`).textContent);

	same(name, shown, tiles[name].value);
	within(name, shown, ledger.mx1[metric]);
}
