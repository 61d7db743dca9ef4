// dialog.js - a question that has to be answered first
//
// The browser's own dialog keeps the focus inside, and Escape closes it.

import { make } from "./words.js";

// Resolves to the form's elements where its button was pressed, else to null;
// without a button there is only "Close".
export function askPerson(title, content, button)
{
	const heading = make("h2", "", title);
	const close = make("button", "", button ? "Cancel" : "Close");
	const form = make("form", "", heading, ...content,
	    make("p", "buttons", ...(button ? [make("button", "main", button)]
		: []), close));
	const dialog = make("dialog", "", form);

	heading.id = "dialog-title";
	dialog.setAttribute("aria-labelledby", heading.id);
	form.method = "dialog";
	close.type = "button";
	close.addEventListener("click", () => dialog.close());
	document.body.append(dialog);
	dialog.showModal();
	return new Promise((done) => {
		let answer = null;

		form.addEventListener("submit", () => {
			answer = form.elements;
		});
		dialog.addEventListener("close", () => {
			dialog.remove();
			done(answer);
		});
	});
}
