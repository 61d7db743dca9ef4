// every_rule_is_there_with_its_thresholds

const { rules } = await get("rules");
const shown = table("#rules");

claim(rules.length > 10, `only ${rules.length} rules`);
for (const row of rules)
	claim(shown.some((cells) => cells[0].includes(row.rule ?? row.name)),
	    `${row.rule ?? row.name} is not shown`);
claim(shown.some((cells) => cells[0].startsWith("relay-abuse") &&
    cells.join(" ").includes("3 in 10 min")), "relay-abuse has no threshold");
