// the_mailers_have_the_columns_of_mailstats_and_the_ledgers_figures

const { mailers } = await get(`mailers?${asked()}&limit=48`);
const columns = ["msgs_from", "bytes_from", "msgs_to", "bytes_to",
	"msgs_rejected", "msgs_discarded", "msgs_quarantined"];
const titles = all("#mailers thead th").map((cell) => cell.textContent.trim());
const first = titles.findIndex((title) => title.startsWith("Msgs from"));

same("titles", titles.slice(first, first + 7).map((title) =>
    title.toLowerCase().replace(/[^a-z ]/g, "").trim()).join(),
    "msgs from,bytes from,msgs to,bytes to,rejected,discarded,quarantined");
for (const mailer of mailers) {
	const row = all("#mailers tbody tr").find((one) =>
	    one.cells[0].textContent.trim() === mailer.mailer);

	if (!row) {
		wrong.push(`${mailer.mailer}: no row`);
		continue;
	}
	columns.forEach((column, k) => {
		const cell = row.cells[first + k];
		const range = ledger.mx1[`mailers.${mailer.mailer}.${column}`];

		same(`${mailer.mailer} ${column}`,
		    digits(cell.title || cell.textContent), mailer[column]);
		if (range)
			within(`${mailer.mailer} ${column}`, mailer[column], range);
	});
}
