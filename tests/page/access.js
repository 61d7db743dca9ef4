// nobody_is_kept_out_by_how_the_page_is_made

for (const details of all("details"))
	details.open = true;
const { passes, violations } = await axe.run(document,
    { resultTypes: ["violations"] });

claim(passes.length > 10, `only ${passes.length} rules were looked at`);

for (const { id, impact, help, nodes } of violations)
	for (const node of nodes.slice(0, 5))
		if (["serious", "critical"].includes(impact))
			wrong.push(`${impact} ${id}: ${help}: ${node.html} ` +
			    node.failureSummary.replace(/\s+/g, " "));
