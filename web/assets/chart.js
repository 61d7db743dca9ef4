// chart.js - stacked areas over time; what goes out hangs below the axis
//
// uPlot paints one series over another: the outermost sum comes first, what
// lies within it over it.  The pointer is in all charts at once.

import { colour, count } from "./words.js";

const charts = new Set();
const wide = 700;	// pixels; a chart in less is lower

// Running sums away from the axis, in the order of the groups; null where
// nothing is known.  What never happened has no series: there it is 0.
function stacked(data, below)
{
	const groups = data.groups.filter((group) => group.on &&
	    Boolean(group.below) === below);
	const sum = data.times.map((_, k) =>
	    data.groups.some((group) => group.row[k] !== null) ? 0 : null);

	return groups.map((group) => ({ group, values: data.times.map((_, k) => {
		if (sum[k] !== null)
			sum[k] += (group.row[k] ?? 0) * (below ? -1 : 1);
		return sum[k];
	}) })).reverse();
}

const layers = (data) => [...stacked(data, false), ...stacked(data, true)];

// A step is drawn up to the next one: the last needs an end of its own.
const columns = (data) => [
	[...data.times, data.times.at(-1) + data.step],
	...layers(data).map(({ values }) => [...values, values.at(-1)]),
];

function timeWords()
{
	const words = (options) => new Intl.DateTimeFormat(undefined, options);
	const day = words({ day: "numeric", month: "short" });
	const hour = words({ hour: "numeric", minute: "2-digit" });
	const second = words({ hour: "numeric", minute: "2-digit",
		second: "2-digit" });
	const month = words({ month: "short", year: "numeric" });

	return (u, splits, axis, space, increment) => splits.map((at) => {
		const date = new Date(at * 1000);
		const midnight = date.getHours() + date.getMinutes() === 0;

		return (increment >= 28 * 86400 ? month
		    : increment >= 86400 || midnight ? day
		    : increment < 60 ? second : hour).format(date);
	});
}

// Where the log was not read nothing is known: a grey band behind all.
function shade(u, data)
{
	u.ctx.save();
	u.ctx.fillStyle = colour("unknown-time");
	data.known.forEach((part, k) => {
		if (part === null || part > 0.99)
			return;
		const left = u.valToPos(data.times[k], "x", true);
		const right = u.valToPos(data.times[k] + data.step, "x", true);

		u.ctx.fillRect(left, u.bbox.top, right - left, u.bbox.height);
	});
	u.ctx.restore();
}

// The axis itself, where something hangs below it.
function ground(u)
{
	const y = Math.round(u.valToPos(0, "y", true));

	u.ctx.fillStyle = colour("quiet");
	u.ctx.fillRect(u.bbox.left, y, u.bbox.width, devicePixelRatio || 1);
}

function options(chart, width)
{
	const { data } = chart;
	const axis = {
		stroke: colour("quiet"),
		grid: { stroke: colour("line"), width: 1 },
		ticks: { show: false },
		font: "12px system-ui, sans-serif",
	};

	return {
		width,
		height: width < wide ? chart.height * 0.8 : chart.height,
		padding: [8, 16, 0, 0],
		legend: { show: false },
		cursor: {
			y: false,
			points: { show: false },
			sync: { key: "time" },
			drag: { x: true, y: false, setScale: false },
			bind: { dblclick: () => () => null },
		},
		scales: {
			x: { range: () => [chart.data.times[0],
			    chart.data.times.at(-1) + chart.data.step] },
			y: { range: (u, low, high) => [Math.min(low, 0) * 1.06,
			    Math.max(high, 1) * 1.06] },
		},
		axes: [
			{ ...axis, space: 70, size: 30, values: timeWords() },
			{ ...axis, size: 52, values: (u, splits) =>
			    splits.map((value) => value % 1 ? ""
				: count(Math.abs(value))) },
		],
		series: [{}, ...layers(data).map(({ group }) => ({
			fill: group.fill,
			fillTo: 0,
			width: 0,
			points: { show: false },
			paths: uPlot.paths.stepped({ align: 1 }),
		}))],
		hooks: {
			drawClear: [(u) => shade(u, chart.data)],
			draw: [ground, (u) => chart.drawn?.(u)],
			setCursor: [(u) => chart.hover(u.cursor.idx == null ? null
			    : Math.min(u.cursor.idx, chart.data.times.length - 1))],
			setSelect: [(u) => {
				const { left, width } = u.select;

				if (width > 4 && chart.zoom)
					chart.zoom(u.posToVal(left, "x"),
					    u.posToVal(left + width, "x"));
				u.setSelect({ left: 0, width: 0 }, false);
			}],
		},
	};
}

function draw(chart)
{
	const { data, place } = chart;
	const width = place.clientWidth;

	if (data === null || data.times.length === 0 || width === 0)
		return;
	const key = JSON.stringify([width, chart.themed, data.groups.map(
	    (group) => [group.title, group.fill, group.on, group.below])]);

	if (chart.plot !== null && chart.key === key) {
		chart.plot.setData(columns(data));
		return;
	}
	chart.plot?.destroy();
	chart.key = key;
	chart.plot = new uPlot(options(chart, width), columns(data), place);
}

/*
 * given: { height, hover(k or null), zoom(from, to), drawn(u) }.  What it
 * returns is shown by show({ times, step, known, groups }); a group is
 * { title, fill, row, on, below }.
 */
export function makeChart(place, given)
{
	const chart = { place, data: null, plot: null, key: "", themed: 0,
		...given };

	charts.add(chart);
	new ResizeObserver(() => {
		if (chart.plot !== null &&
		    Math.abs(chart.plot.width - place.clientWidth) > 2)
			draw(chart);
	}).observe(place);
	return {
		show(data) {
			chart.data = data;
			draw(chart);
		},
		// Where on the page a time is, in pixels from the left of `place'.
		at: (seconds) => chart.plot === null ? 0
		    : chart.plot.valToPos(seconds, "x") +
			chart.plot.bbox.left / devicePixelRatio,
		plot: () => chart.plot,
	};
}

export const canDraw = () => Boolean(window.uPlot);

// taker() is called when the system's wish for light or dark changed.
export function onTheme(taker)
{
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change",
	    () => {
		for (const chart of charts)
			chart.themed++;
		taker();
	    });
}
