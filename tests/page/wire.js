// the_wire_is_shown_where_a_network_interface_is_captured_and_nowhere_else

const answer = await get(`wire?${asked()}`);
const part = document.getElementById("wire");
const link = document.querySelector("#navigation a[href='#wire']");

same("a capture is told", answer.captured, false);
claim(part.hidden, "the part is shown, though nothing is captured");
claim(link === null || link.hidden, "the navigation leads to nothing");
