// what_became_of_a_client_s_messages_is_found

const form = document.getElementById("find-form");
const lives = () => all("#find-list > li");
const [client, truth] = Object.entries(ledger.clients).find(
    ([, row]) => row.taken > 0 && row.taken < 10 && (row.rejected ?? 0) < 10);

form.elements.text.value = client;
form.requestSubmit();
await until(() => lives().length > 0, `messages of ${client}`);
const { messages } = await get(
    `messages?filter=${client}&host=${asked().get("host") ?? ""}`);
same("messages", lives().length, messages.length);
same("filter in the URL", new URLSearchParams(location.search).get("filter"),
    client);
const received = lives().filter((one) =>
    /received[^]*from client/.test(one.textContent));
// A message that a filter dropped was taken and not received.
within(`received from ${client}`, received.length, [1, truth.taken]);
claim(lives().every((one) => one.textContent.includes(client)),
    "there are others' messages");
