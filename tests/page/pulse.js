// the_pulse_adds_up_to_the_account_and_is_painted

const { values } = await get(`series?name=messages.received&${asked()}`);
const sum = values["messages.received"].reduce((a, b) => a + (b ?? 0), 0);
const legend = all("#legend button").find((button) =>
    button.textContent.includes("Accepted"));
const shown = digits(legend.querySelector("b").textContent);

// Steps that are open are in the figure and not yet in the points.
within("accepted", shown, [sum, ledger.mx1["messages.received"][1]]);
const canvas = document.querySelector("#chart canvas");
if (window.uPlot) {
	const pixels = canvas.getContext("2d")
	    .getImageData(0, 0, canvas.width, canvas.height).data;
	let painted = 0;

	for (let i = 3; i < pixels.length; i += 4)
		painted += pixels[i] > 100;
	claim(painted > 500, `only ${painted} pixels are painted`);
}
