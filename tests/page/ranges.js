// the_span_is_in_the_url_and_back_undoes_it

for (const range of ["1h", "24h", "7d", "30d", "1y", "5y"]) {
	document.querySelector(`#ranges input[value="${range}"]`).click();
	await until(() => document.body.dataset.ready === range, range);
	same("range in the URL", new URLSearchParams(location.search)
	    .get("range") ?? "24h", range);
}
history.back();
await until(() => document.body.dataset.ready === "1y", "back");
claim(document.querySelector('#ranges input[value="1y"]').checked,
    "another is checked");
