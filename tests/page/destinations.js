// the_destinations_are_the_apis_and_a_click_on_a_head_sorts_them

const { destinations, total } = await get("destinations?limit=10&sort=sent");
const head = all("#destinations thead button").find((button) =>
    button.textContent === "Destination");

claim(total > 1, `only ${total} destinations`);
for (const row of destinations) {
	const cells = table("#destinations").find(
	    ([name]) => name === row.destination);

	claim(cells?.slice(1).map(digits).includes(row.sent),
	    `${cells}, not ${row.sent} to ${row.destination}`);
}
head.click();
await until(() => head.closest("th").getAttribute("aria-sort") === "ascending",
    "it is sorted by name");
const { destinations: first } = await get(
    "destinations?limit=1&sort=destination");
await until(() => table("#destinations")[0][0] === first[0].destination,
    `${first[0].destination} is the first`);
