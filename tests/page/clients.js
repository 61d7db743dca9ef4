// the_clients_and_what_became_of_them_are_the_ledgers

// They are of all hosts; the other one has others.
const { clients } = await get("clients?limit=1000");
const shown = table("#clients");
let found = 0;

claim(shown.length >= 10, `only ${shown.length} clients`);
for (const cells of shown) {
	const row = clients.find((one) => cells[0] === one.address);

	if (!row || !cells.slice(1).map(digits).includes(row.rejected))
		wrong.push(`${cells}: the API says ${JSON.stringify(row)}`);
}
for (const [address, truth] of Object.entries(ledger.clients)) {
	const row = clients.find((one) => one.address === address);
	const least = truth.rejected ?? 0;

	if (!row)
		continue; // it came and did nothing
	found++;
	within(`${address} rejected`, row.rejected,
	    [least, least + (truth.unread ?? 0)]);
	same(`${address} relay`, row.relay_denied, truth.denied ?? 0);
}
claim(found > 50, `only ${found} clients are in the ledger`);
