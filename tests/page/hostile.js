// what_strangers_wrote_is_read_and_never_run

const main = document.getElementById("main");
const markup = ["<img src=x onerror=alert(7)>", "<b>hostile7"];
const parts = ["alerts", "attention", "clients", "accounts", "destinations",
	"events"].filter((name) => document.getElementById(name));

for (const details of all("details"))
	details.open = true;
await until(() => markup.every((text) => main.textContent.includes(text)),
    "the texts are shown");
for (const name of parts)
	await until(() => /hostile7|203\.0\.113\.23/.test(
	    document.getElementById(name).textContent), `something in ${name}`);
claim(all('img[src="x"], [onerror], main script').length === 0,
    "there are elements that strangers made");
claim(all("main b").every((one) => !one.textContent.includes("hostile7")),
    "an account's name is bold");
