// a_stranger_sees_the_numbers_and_nobody_s_name

const words = document.body.textContent;

claim(all(".ask").every((place) => !place.hidden), "nobody is asked to sign in");
claim(!document.getElementById("sign-in").hidden, "there is no link to sign in");
for (const name of [...Object.keys(ledger.clients),
    ...Object.keys(ledger.accounts)])
	claim(!words.includes(name), `${name} is shown`);
