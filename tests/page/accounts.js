// the_accounts_are_those_who_authenticated_in_the_ledger

const { accounts } = await get(`accounts?limit=1000&host=mx1`);
const shown = table("#accounts");

claim(shown.length > 1, `only ${shown.length} accounts`);
for (const cells of shown) {
	const row = accounts.find((one) => cells[0].includes(one.account));

	if (!row)
		wrong.push(`${cells[0]}: not in the API`);
	else
		claim(row.received <= (ledger.accounts[row.account] ?? 1e9),
		    `${row.account}: ${row.received} messages`);
}
