/** Lines over the last minutes. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Lines, SECONDS } from "./history.ts";
import { bytes } from "./shown.ts";

const COLOURS = ["#19b8a6", "#4f7cff", "#f0335d", "#f2a33a", "#9a6bff", "#58b947", "#e06bd0", "#7a8a99"];
const HEIGHT = 150;

export function colour(at: number): string {
  return COLOURS[at % COLOURS.length]!;
}

interface ChartProps {
  title: string;
  note: string;
  lines: Lines;
  shown(value: number): string;
}

export function Chart({ title, note, lines, shown }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const names = lines.names.join(" ");
  useEffect(() => {
    if (!place.current) return;
    plot.current = drawn(place.current, lines, shown);
    return follow(place.current, plot);
  }, [names, shown]);
  useEffect(() => plot.current?.setData([lines.atS, ...lines.values]), [lines]);
  return (
    <section class="chart">
      <h2>{title}</h2>
      <small>{note}</small>
      <div ref={place} />
      <ul>
        {lines.names.map((name, at) => (
          <li key={name} style={{ "--colour": colour(at) }}>
            {name} <b>{text(lines.values[at]!.at(-1) ?? null, shown)}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function text(value: number | null, shown: (value: number) => string): string {
  return value === null ? "–" : shown(value);
}

const DECIMAL = [1, 2, 5].flatMap((step) => Array.from({ length: 13 }, (_, at) => step * 10 ** (at - 3)));
const BINARY = Array.from({ length: 50 }, (_, at) => 2 ** at);

function drawn(place: HTMLElement, lines: Lines, shown: (value: number) => string): uPlot {
  const steps = (shown === bytes ? BINARY : DECIMAL).toSorted((one, other) => one - other);
  const style = getComputedStyle(place);
  const [ink, line] = [style.getPropertyValue("color"), style.getPropertyValue("border-top-color")];
  const axis = {
    stroke: ink,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
    font: "11px system-ui",
  };
  return new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 24, 0, 0],
      scales: { x: { range: lately }, y: { range: fromZero } },
      axes: [
        { ...axis, size: 26, space: 64, incrs: [5, 10, 15, 30, 60], values: (_, ticks) => ticks.map(clock) },
        {
          ...axis,
          size: 56,
          space: 34,
          incrs: steps,
          values: (_, ticks) => ticks.map((tick) => shown(tick)),
        },
      ],
      series: [{}, ...lines.names.map((label, at) => series(label, colour(at)))],
    },
    [lines.atS, ...lines.values],
    place,
  );
}

function series(label: string, stroke: string): uPlot.Series {
  return { label, stroke, width: 2, points: { show: false }, fill: `${stroke}1a` };
}

/** The last minutes, or as much of them as there is: half a minute at least. */
function lately(_: uPlot, first: number, last: number): [number, number] {
  return [Math.max(last - SECONDS, Math.min(first, last - 30)), last];
}

function clock(atS: number): string {
  return new Date(atS * 1_000).toTimeString().slice(0, 8);
}

function fromZero(_: uPlot, __: number, most: number): [number, number] {
  return [0, most > 0 ? most * 1.15 : 1];
}

/** Keeps the drawing as wide as its place, and in the colours of the hour. */
function follow(place: HTMLElement, plot: { current: uPlot | null }): () => void {
  const resized = new ResizeObserver(() =>
    plot.current?.setSize({ width: place.clientWidth, height: HEIGHT }),
  );
  resized.observe(place);
  return () => {
    resized.disconnect();
    plot.current?.destroy();
    plot.current = null;
  };
}
