// a_click_on_a_name_filters_the_page_and_back_undoes_it

const button = document.querySelector("#clients tbody button, " +
    "#accounts tbody button, #events tbody button");
const name = button.textContent;

button.click();
same("filter in the URL", new URLSearchParams(location.search).get("filter"),
    name);
await until(() => !document.getElementById("filter").hidden, "it is told");
await until(() => table("#clients").every((cells) =>
    cells.join(" ").includes(name) || cells.length === 1) &&
    table("#accounts").every((cells) =>
    cells.join(" ").includes(name) || cells.length === 1), "rows without it go");
document.querySelector("#filter button").click();
await until(() => document.getElementById("filter").hidden, "all is shown");
await until(() => table("#clients").length > 1, "the others are back");
