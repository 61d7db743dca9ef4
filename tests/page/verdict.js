// the_verdict_is_one_sentence_with_the_figures_of_the_api

const overview = await get(`overview?${asked()}`);
const words = document.getElementById("verdict").textContent
    .replace(/\s+/g, " ").trim();

claim(words.includes(overview.verdict.text),
    `"${words}" does not say "${overview.verdict.text}"`);
claim(words.includes(new Intl.NumberFormat("en").format(
    overview.tiles.received.value)), `"${words}": how many came?`);
claim(["ok", "warn", "bad"].includes(overview.verdict.level) &&
    document.getElementById("verdict").classList.contains(
	overview.verdict.level), "the colour is another");
