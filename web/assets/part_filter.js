// part_filter.js - by what the page is filtered, and the way back

import { setState, state } from "./state.js";
import { id } from "./words.js";

id("filter-all").addEventListener("click", () => setState({ filter: "" }));

export const part = {
	name: "filter",
	show() {
		id("filter").hidden = state.filter === "";
		id("filter-text").textContent = state.filter;
	},
};
