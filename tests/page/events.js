// the_events_are_those_that_came_and_a_filter_narrows_them

const list = document.getElementById("host");

list.value = "";
list.dispatchEvent(new Event("change", { bubbles: true }));
const { events } = await get("events?limit=300&host=");
const rows = () => all("#events tbody tr");
const box = document.getElementById("events-filter");

claim(events.length > 5, `only ${events.length} events`);
await until(() => rows().length === events.length,
    `${events.length} rows, not ${rows().length}`);
box.value = "203.0.113.231";
box.dispatchEvent(new Event("input", { bubbles: true }));
await until(() => rows().length > 0 && rows().length < events.length &&
    rows().every((row) => row.textContent.includes(box.value)),
    "only those of a client are shown");
box.value = "";
box.dispatchEvent(new Event("input", { bubbles: true }));
await until(() => rows().length === events.length, "all are shown again");
