// a_remote_s_reply_is_text_in_the_life_of_a_message

if (document.getElementById("find")) {
	const list = document.getElementById("find-list");

	await until(() => list.textContent.includes(
	    "<img src=x onerror=alert(7)> hostile7"), "the reply is shown");
}
claim(all('img[src="x"], [onerror], main script').length === 0,
    "there are elements that strangers made");
