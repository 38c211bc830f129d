/** Figures of one moment, and what two moments say together: rates and percentiles. */

export type Labels = Record<string, string>;
export type FigureRow = [name: string, labels: Labels, value: number];
export type SpreadRow = [name: string, labels: Labels, boundsS: number[], counts: number[], sumS: number];

/** What `cluster.figures` and `cluster.moved` carry. */
export interface Moved {
  type: string;
  at: number;
  figures: FigureRow[];
  spreads: SpreadRow[];
}

/** One moment; figures are found by name and labels. */
export class Moment {
  readonly atMs: number;
  private readonly figures: FigureRow[];
  private readonly spreads: SpreadRow[];

  constructor(moved: Moved) {
    this.atMs = moved.at;
    this.figures = moved.figures;
    this.spreads = moved.spreads;
  }

  /** The sum of all that fit; null where nothing does. */
  sum(name: string, where: Labels = {}): number | null {
    const fitting = this.figures.filter((row) => row[0] === name && fits(row[1], where));
    return fitting.length ? fitting.reduce((sum, row) => sum + row[2], 0) : null;
  }

  /** The different values of one label. */
  names(name: string, label: string): string[] {
    const found = this.figures.filter((row) => row[0] === name && label in row[1]);
    return [...new Set(found.map((row) => row[1][label]!))].sort(inOrder);
  }

  /** The rows of figures that fit. */
  rows(name: string, where: Labels): FigureRow[] {
    return this.figures.filter((row) => row[0] === name && fits(row[1], where));
  }

  /** How long it took since an earlier moment, all that fit added up; null where nothing does. */
  spreadSince(before: Moment, name: string, where: Labels = {}): Spread | null {
    const earlier = new Map(before.spreads.map((row) => [keyOf(row), row[3]]));
    const fitting = this.spreads.filter((row) => row[0] === name && fits(row[1], where));
    const parts = fitting.map((row) => grown(row[3], earlier.get(keyOf(row))));
    if (!fitting.length) return null;
    const counts = parts[0]!.map((_, at) => parts.reduce((sum, part) => sum + part[at]!, 0));
    return new Spread(fitting[0]![2], counts);
  }
}

/** How often something took how long. */
export class Spread {
  readonly boundsS: number[];
  readonly counts: number[];

  constructor(boundsS: number[], counts: number[]) {
    this.boundsS = boundsS;
    this.counts = counts;
  }

  /** In ms, as if each bucket were filled evenly; null where nothing happened. */
  percentileMs(share: number): number | null {
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return null;
    let left = share * total;
    for (const [at, count] of this.counts.entries()) {
      const from = at === 0 ? 0 : this.boundsS[at - 1]!;
      const to = this.boundsS[at] ?? from;
      if (count >= left && count > 0) return 1_000 * (from + (to - from) * (left / count));
      left -= count;
    }
    return 1_000 * this.boundsS.at(-1)!;
  }
}

/** Per second between two moments, of all that fit: each counter by itself, as any may be started anew. */
export function rate(now: Moment, before: Moment, name: string, where: Labels = {}): number | null {
  const earlier = new Map(before.rows(name, where).map((row) => [keyOf(row), row[2]]));
  const rows = now.rows(name, where).filter((row) => earlier.has(keyOf(row)));
  if (!rows.length || now.atMs <= before.atMs) return null;
  const sum = rows.reduce((sum, row) => sum + grown([row[2]], [earlier.get(keyOf(row))!])[0]!, 0);
  return (sum * 1_000) / (now.atMs - before.atMs);
}

/** What counters grew by; those that fell were started anew. */
function grown(later: number[], earlier: number[] | undefined): number[] {
  if (earlier === undefined) return later.map(() => 0);
  if (later.some((count, at) => count < earlier[at]!)) return later;
  return later.map((count, at) => count - earlier[at]!);
}

function keyOf(row: FigureRow | SpreadRow): string {
  return row[0] + JSON.stringify(Object.entries(row[1]).sort());
}

function fits(labels: Labels, where: Labels): boolean {
  return Object.entries(where).every(([label, value]) => labels[label] === value);
}

function inOrder(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
