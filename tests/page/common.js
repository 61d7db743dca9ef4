// common.js - what the checks beside it share
//
// A check is a file: its first line is the claim, the rest is run in the page
// and says what is not as claimed.  `ledger' is what really happened: of each
// host the least and the most that a figure may be.

const wrong = [];
const get = async (path) => (await fetch(`/api/v1/${path}`)).json();
const asked = () => {
	const query = new URLSearchParams(location.search);

	query.delete("filter");
	return query;
};
const all = (selector) => [...document.querySelectorAll(selector)];
const digits = (text) => Number(text.replace(/[^0-9]/g, ""));
const table = (selector) => all(`${selector} tbody tr`).map(
    (row) => [...row.cells].map((cell) => cell.textContent.trim()));

function claim(is, words)
{
	if (!is)
		wrong.push(words);
}

const same = (what, shown, wanted) =>
    claim(shown === wanted, `${what}: ${shown}, not ${wanted}`);

function within(what, shown, [least, most])
{
	claim(shown >= least && shown <= most,
	    `${what}: ${shown}, not ${least} to ${most}`);
}

async function until(is, words)
{
	for (const end = Date.now() + 15000; Date.now() < end;) {
		if (await is())
			return;
		await new Promise((done) => setTimeout(done, 50));
	}
	wrong.push(`not within 15 s: ${words}`);
}
