// the_rejects_are_the_ledgers_reason_by_reason

const { reasons } = await get(`rejects?${asked()}`);
const shown = table("#rejects");

same("rows", shown.length, reasons.length);
claim(shown.length > 10, `only ${shown.length} reasons`);
for (const row of reasons) {
	const cells = shown.find(([title]) =>
	    title === row.reason.replaceAll("_", " ")) ?? [""];

	same(row.reason, digits(cells.at(-1)), row.count);
	within(row.reason, row.count, ledger.mx1[`rejects.${row.reason}`]);
}
