/** The last minutes: what each chart shows, what the tables say, and what happened. */

import { type Labels, Moment, type Moved, rate } from "./figures.ts";

export const SECONDS = 180;
const OVER = 5; // moments that a percentile is taken over
const EVENTS = 8;

/** Lines over time: a null is a gap. */
export interface Lines {
  names: string[];
  atS: number[];
  values: (number | null)[][];
}

export interface Happened {
  atMs: number;
  what: string;
  isBad: boolean;
}

export interface Part {
  name: string;
  isUp: boolean;
  pid: number;
  restarts: number;
}

export class History {
  readonly moments: Moment[] = [];
  readonly events: Happened[] = [];

  add(moved: Moved): void {
    const now = new Moment(moved);
    const before = this.moments.at(-1);
    if (before && now.atMs <= before.atMs) return;
    this.moments.push(now);
    while (this.moments[0]!.atMs < now.atMs - SECONDS * 1_000) this.moments.shift();
    if (before) for (const kind of ["cell", "gateway"]) this.notice(kind, before, now);
  }

  get now(): Moment | null {
    return this.moments.at(-1) ?? null;
  }

  private get before(): Moment | null {
    return this.moments.at(-2) ?? null;
  }

  private notice(kind: string, before: Moment, now: Moment): void {
    for (const part of partsOf(now, kind)) {
      const was = partsOf(before, kind).find((other) => other.name === part.name);
      if (was === undefined) continue;
      if (part.restarts > was.restarts)
        this.happened(now, `${part.name} was started anew as ${part.pid}`, false);
      else if (was.isUp && !part.isUp) this.happened(now, `${part.name} does not answer`, true);
      else if (!was.isUp && part.isUp) this.happened(now, `${part.name} answers again`, false);
    }
  }

  private happened(now: Moment, what: string, isBad: boolean): void {
    this.events.unshift({ atMs: now.atMs, what, isBad });
    this.events.length = Math.min(this.events.length, EVENTS);
  }

  // figures of now

  /** Per second, of late. */
  rate(name: string, where: Labels = {}): number | null {
    return this.now && this.before ? rate(this.now, this.before, name, where) : null;
  }

  percentileMs(name: string, share: number, where: Labels = {}): number | null {
    return percentileAt(this.moments, this.moments.length - 1, name, share, where);
  }

  // lines

  /** A figure as it was, one line for each value of a label. */
  lines(name: string, label: string, scale = 1): Lines {
    return this.each(name, label, (at, where) => {
      const value = this.moments[at]!.sum(name, where);
      return value === null ? null : value * scale;
    });
  }

  /** How fast a counter grew, one line for each value of a label. */
  rates(name: string, label: string, where: Labels = {}): Lines {
    return this.each(name, label, (at, one) => {
      if (at === 0) return null;
      return rate(this.moments[at]!, this.moments[at - 1]!, name, { ...where, ...one });
    });
  }

  /** A percentile of what came lately, one line for each value of a label of `beside`. */
  percentilesBy(name: string, share: number, beside: string, label: string): Lines {
    return this.each(beside, label, (at, where) => percentileAt(this.moments, at, name, share, where));
  }

  /** Some percentiles of all. */
  percentiles(name: string, shares: number[]): Lines {
    const names = shares.map((share) => `p${share * 100}`);
    const values = shares.map((share) =>
      this.moments.map((_, at) => percentileAt(this.moments, at, name, share, {})),
    );
    return { names, atS: this.times(), values };
  }

  private each(name: string, label: string, value: (at: number, where: Labels) => number | null): Lines {
    const names = [...new Set(this.moments.flatMap((moment) => moment.names(name, label)))];
    const values = names.map((one) => this.moments.map((_, at) => value(at, { [label]: one })));
    return { names, atS: this.times(), values };
  }

  private times(): number[] {
    return this.moments.map((moment) => moment.atMs / 1_000);
  }
}

/** The cells, or the gateways, as the engine sees them. */
export function partsOf(moment: Moment, kind: string): Part[] {
  return moment.names(`manta_${kind}_up`, kind).map((name) => {
    const where = { [kind]: name };
    return {
      name,
      isUp: moment.sum(`manta_${kind}_up`, where) === 1,
      pid: moment.sum(`manta_${kind}_process`, where) ?? 0,
      restarts: moment.sum(`manta_${kind}_restarts_total`, where) ?? 0,
    };
  });
}

function percentileAt(
  moments: Moment[],
  at: number,
  name: string,
  share: number,
  where: Labels,
): number | null {
  const earlier = moments[Math.max(0, at - OVER)];
  if (at <= 0 || earlier === undefined) return null;
  return moments[at]!.spreadSince(earlier, name, where)?.percentileMs(share) ?? null;
}
