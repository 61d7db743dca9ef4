// what_needs_attention_is_what_the_api_says

const answer = await get(`attention?limit=5&host=${asked().get("host") ?? ""}`);
const words = document.getElementById("attention").textContent;

for (const list of ["incidents", "accounts", "destinations"])
	for (const row of answer[list])
		claim(words.includes(row.key ?? row.account ?? row.destination),
		    `${list}: ${JSON.stringify(row)} is not shown`);
claim(answer.incidents_total + answer.accounts_total +
    answer.destinations_total > 0, "nothing needs attention");
