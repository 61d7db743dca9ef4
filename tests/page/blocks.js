// a_person_blocks_and_unblocks_and_the_agent_does

const form = document.querySelector("#blocks form");
const blocked = async () => (await get("blocks?limit=1000")).blocks
    .some((row) => row.address === "198.18.9.9");
const row = () => all("#blocks tbody tr").find((one) =>
    one.cells[0].textContent.includes("198.18.9.9"));

claim(!await blocked(), "it is blocked before");
form.elements.address.value = "198.18.9.9";
form.elements.reason.value = "<img src=x onerror=alert(1)>";
form.requestSubmit();
await until(blocked, "the API has it");
await until(row, "the page has it");
claim(document.querySelector("#blocks img") === null, "the reason is run");
[...row().querySelectorAll("button")].find((button) =>
    /^(unblock|remove)/i.test(button.ariaLabel ?? button.textContent)).click();
await until(async () => !await blocked(), "the API has it no more");
await until(() => !row(), "the page has it no more");
