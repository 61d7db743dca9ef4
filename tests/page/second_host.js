// the_other_host_has_its_own_figures

const list = document.getElementById("host");
const metrics = { received: "received", sent: "sent", deferred: "deferred",
	bounced: "bounced" };
const shown = (name) =>
    digits(document.getElementById(`tile-${name}`).textContent);

same("hosts", [...list.options].map((one) => one.value).join(),
    ",mx1,mx2,mx3");
list.value = "mx2";
list.dispatchEvent(new Event("change", { bubbles: true }));
same("host in the URL", new URLSearchParams(location.search).get("host"),
    "mx2");
await until(() => shown("received") === ledger.mx2.messages.received,
    `${ledger.mx2.messages.received} received`);
for (const [name, metric] of Object.entries(metrics))
	same(name, shown(name), ledger.mx2.messages[metric]);
same("rejects", shown("rejected"), ledger.mx2.rejects.total);
history.back();
await until(() => list.value === "mx1" &&
    shown("received") !== ledger.mx2.messages.received, "back to mx1");
