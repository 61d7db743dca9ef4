// what_strangers_wrote_is_read_and_never_run

const main = document.getElementById("main");
const markup = ["<img src=x onerror=alert(7)>", "<b>hostile7"];

for (const details of all("details"))
	details.open = true;
await until(() => markup.every((text) => main.textContent.includes(text)),
    "the texts are shown");
claim(all('img[src="x"], [onerror], main script').length === 0,
    "there are elements that strangers made");
claim(all("main b").every((one) => !one.textContent.includes("hostile7")),
    "an account's name is bold");
for (const name of ["alerts", "clients", "accounts"])
	claim(/hostile7|203\.0\.113\.23/.test(
	    document.getElementById(name).textContent), `${name}: nothing`);
