// the_coverage_says_how_many_lines_were_read_of_each_source

const { coverage } = await get(`overview?${asked()}`);
const words = document.getElementById("coverage").textContent;

claim(coverage.lines > 10000, `${coverage.lines} lines`);
claim(words.includes(new Intl.NumberFormat().format(coverage.lines)) ||
    words.includes(new Intl.NumberFormat().format(coverage.recognised)),
    `"${words}" does not say ${coverage.lines}`);
for (const source of coverage.sources)
	claim(words.includes(source.title), `${source.title} is not shown`);
