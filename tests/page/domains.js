// the_domains_of_senders_and_recipients_are_the_apis

for (const [side, count] of [["senders", "messages"], ["recipients", "sent"]]) {
	const { domains } = await get(
	    `domains?side=${side}&limit=10&sort=${count}`);
	const shown = table(`#${side}-table`);

	claim(domains.length > 1, `${side}: only ${domains.length}`);
	for (const row of domains) {
		const cells = shown.find(([name]) => name === row.domain);

		claim(cells?.slice(1).map(digits).includes(row[count]),
		    `${side}: ${cells}, not ${row[count]} of ${row.domain}`);
	}
}
