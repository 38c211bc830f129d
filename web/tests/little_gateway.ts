/** A gateway in memory that speaks `protocol/session.py`, with a list as its only noun, and a clock by hand. */

import { Core, type Effect } from "../src/client/core.ts";
import type { GatewayMessage, PhoneMessage, Position, Push, Word } from "../src/client/session.ts";

/** Small and repeatable: mulberry32. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface ListWord extends Word {
  type: "list.items";
  items: string[];
}

export type ItemAdded = {
  type: "list.added";
  item: string;
};

const EPOCH = "e1";

/** Lists that lines are added to; each is a topic of its own name. */
export class LittleGateway {
  readonly lists = new Map<string, string[]>();
  readonly past = new Map<string, Push[]>();
  readonly done = new Map<string, Word>(); // first answers by call id
  readonly said: PhoneMessage[] = [];
  remembered = 8; // pushes that a topic can tell again
  together = 3; // missed pushes that fit in one message
  refuse: ((message: PhoneMessage) => GatewayMessage | null) | null = null;
  private line: Line | null = null;

  connect(line: Line): void {
    this.line = line;
  }

  hear(line: Line, message: PhoneMessage): void {
    this.said.push(message);
    const refused = this.refuse?.(message);
    if (refused) return line.toPhone(refused);
    if (message.type === "hello") {
      line.toPhone({ type: "welcome", user: message.token, session: "s", heartbeat_s: 25 });
    } else if (message.type === "watch") this.watch(line, message.id, message.topic, message.since);
    else if (message.type === "unwatch") for (const topic of message.topics) line.watched.delete(topic);
    else if (message.type === "ping") line.toPhone({ type: "pong", at: message.at, now: 0 });
    else if (message.type === "ask") {
      const first = this.done.get(message.id) ?? this.add(message.to, (message.command as ItemAdded).item);
      this.done.set(message.id, first);
      line.toPhone({ type: "reply", id: message.id, reply: first });
    }
  }

  add(name: string, item: string): ListWord {
    const items = this.lists.get(name) ?? [];
    this.lists.set(name, [...items, item]);
    const past = this.past.get(name) ?? [];
    const number = items.length + 1;
    const message: ItemAdded = { type: "list.added", item };
    const push: Push = { type: "push", topic: name, epoch: EPOCH, number, previous: number - 1, message };
    this.past.set(name, [...past, push].slice(-this.remembered));
    if (this.line?.watched.has(name)) this.line.toPhone(push);
    return this.state(name);
  }

  state(name: string): ListWord {
    return { type: "list.items", items: this.lists.get(name) ?? [] };
  }

  private watch(line: Line, id: string, topic: string, since: Position | null): void {
    const number = this.lists.get(topic)?.length ?? 0;
    const past = this.past.get(topic) ?? [];
    const floor = number - past.length;
    const isLost = since !== null && (since[0] !== EPOCH || since[1] < floor);
    const missed = since === null || isLost ? [] : past.filter((push) => push.number > since[1]);
    const reset = isLost ? "history" : "";
    const snapshot = this.state(topic);
    line.watched.add(topic);
    const [first, rest] = [missed.slice(0, this.together), missed.slice(this.together)];
    line.toPhone({ type: "watched", id, topic, epoch: EPOCH, number, snapshot, missed: first, reset });
    for (const push of rest) line.toPhone(push);
  }
}

/** One connection: what is on its way is lost when it is cut. */
export class Line {
  readonly watched = new Set<string>();
  readonly up: PhoneMessage[] = [];
  readonly down: GatewayMessage[] = [];

  toPhone(message: GatewayMessage): void {
    this.down.push(structuredClone(message));
  }
}

/** A core with its line to the little gateway; nothing moves but by hand. */
export class Phone {
  nowMs = 1_000_000;
  readonly core: Core;
  readonly gateway: LittleGateway;
  line: Line | null = null;
  connects: boolean[] = []; // whether each asked for a fresh token
  reachable = true;
  private opening = false;
  private calls = 0;

  constructor(gateway: LittleGateway, random: () => number = () => 0.5) {
    this.gateway = gateway;
    this.core = new Core(random, () => this.newId());
  }

  newId(): string {
    return `c${++this.calls}`;
  }

  /** Lets the core do what it wants, and everything arrive. */
  settle(): void {
    while (this.step()) continue;
  }

  /** One move of each side; whether anything moved. */
  step(): boolean {
    const sent = this.speak();
    const heard = this.line?.down.splice(0) ?? [];
    if (heard.length) this.core.heard(this.nowMs, heard);
    return sent || heard.length > 0;
  }

  /** What the core wants is done, and the gateway answers; the answers are on their way. */
  speak(): boolean {
    this.core.tick(this.nowMs);
    const effects = this.core.take();
    for (const effect of effects) this.carryOut(effect);
    if (this.opening) this.open();
    const line = this.line;
    for (const message of line?.up.splice(0) ?? []) this.gateway.hear(line!, message);
    return effects.length > 0;
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.core.dueMs() <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.core.dueMs());
      this.settle();
    }
    this.nowMs = untilMs;
    this.settle();
  }

  /** The network breaks; what was on its way is lost. */
  cut(code = 1006): void {
    if (this.line === null) return;
    this.line = null;
    this.core.lost(this.nowMs, code);
  }

  private carryOut(effect: Effect): void {
    if (effect.do === "close") this.line = null;
    else if (effect.do === "send") this.line?.up.push(...effect.messages);
    else {
      this.connects.push(effect.fresh);
      this.opening = true;
    }
  }

  private open(): void {
    this.opening = false;
    if (!this.reachable) return this.core.lost(this.nowMs);
    this.line = new Line();
    this.gateway.connect(this.line);
    this.core.opened(this.nowMs, "ann");
  }
}

/** The local view of a list: a snapshot, and what was pushed since. */
export class ListView {
  items: string[] = [];
  resets = 0;
  ended = "";

  snapshot(reply: Word): void {
    this.items = (reply as ListWord).items;
  }

  pushed(message: Word): void {
    this.items = [...this.items, (message as ItemAdded).item];
  }

  reset(): void {
    this.resets++;
  }

  closed(code: string): void {
    this.ended = code;
  }
}
