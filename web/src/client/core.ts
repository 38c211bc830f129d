/**
 * The client without I/O: what happened and the time go in, effects come out of `take`.
 *
 * It holds what was asked until it is answered, and what is watched until it is left, over any number of
 * sockets: each new one is told the same again, under the same ids and from where each topic stands.
 */

import { pauseMs } from "./backoff.ts";
import { type Failed, type GatewayMessage, type Goodbye, TOKEN_EXPIRED, VERSION } from "./session.ts";
import { comesBack, type PhoneMessage, type Command, type Word } from "./session.ts";
import { type Ear, Topic } from "./topic.ts";

export const WINDOW = 48; // asks and watches under way at once; a gateway takes 64 of a session
export const ASK_WITHIN_MS = 20_000;
export const OPEN_WITHIN_MS = 10_000;
export const STEADY_MS = 5_000; // a session that stood for so long makes the next attempt a first one

/** How it is with the session. */
export type Standing = "resting" | "waiting" | "connecting" | "greeting" | "standing" | "ended";

/** What the shell has to do. */
export type Effect =
  | { do: "connect"; fresh: boolean } // with a token that is newer than the last one, if `fresh`
  | { do: "send"; messages: PhoneMessage[] }
  | { do: "close" };

/** Why something was not answered. */
export class Refusal extends Error {
  readonly code: string;
  readonly retry: boolean;

  constructor(code: string, text: string, retry = false) {
    super(text);
    this.code = code;
    this.retry = retry;
  }
}

export interface Asked {
  id: string;
  to: string;
  command: Command;
  answered(reply: Word | null): void;
  failed(refusal: Refusal): void;
  untilMs: number;
}

export class Core {
  standing: Standing = "resting";
  user = "";
  /** Why it ended for good. */
  cause = "";
  private readonly random: () => number;
  private readonly newId: () => string;
  private readonly asks = new Map<string, Asked>();
  private readonly topics = new Map<string, Topic>();
  private readonly due = new Map<Asked | Topic, number>(); // to be sent, and not before when
  private readonly flying = new Map<string, Asked | Topic>(); // by the id under which it was sent
  private left: string[] = [];
  private effects: Effect[] = [];
  private attempt = 0;
  private stale = false; // the last token was over
  private atMs = 0; // the next attempt, or when this one has taken too long
  private stoodMs = 0;
  private heardMs = 0;
  private pingedMs = 0;
  private heartbeatMs = 25_000;

  constructor(random: () => number, newId: () => string) {
    this.random = random;
    this.newId = newId;
  }

  /** What is to be done now. */
  take(): Effect[] {
    const effects = this.effects;
    this.effects = [];
    return effects;
  }

  /** When `tick` has something to do. */
  dueMs(): number {
    let due = Number.POSITIVE_INFINITY;
    if (this.standing === "waiting" || this.isOpening()) due = this.atMs;
    if (this.standing === "standing") {
      due = (this.pingedMs || this.heardMs) + this.heartbeatMs;
      if (this.flying.size < WINDOW) for (const atMs of this.due.values()) due = Math.min(due, atMs);
    }
    for (const ask of this.asks.values()) due = Math.min(due, ask.untilMs);
    return due;
  }

  // what the page wants

  /** Connects, and stays so. */
  start(nowMs: number): void {
    if (this.standing !== "resting" && this.standing !== "ended") return;
    this.attempt = 0;
    this.connect(nowMs);
  }

  /** Forgets everything. */
  stop(): void {
    this.effects.push({ do: "close" });
    this.standing = "resting";
    for (const ask of [...this.asks.values()]) this.fail(ask, new Refusal("left", "the session was left"));
    for (const map of [this.topics, this.due, this.flying]) map.clear();
  }

  /** The network is back, or somebody looks: no need to wait any longer. */
  wake(nowMs: number): void {
    if (this.standing === "waiting") this.connect(nowMs);
  }

  /** Asks once, however often it has to be sent. */
  ask(asked: Asked): void {
    this.asks.set(asked.id, asked);
    this.due.set(asked, 0);
  }

  /** Watches a topic; one ear for each. */
  watch(name: string, command: Command, ear: Ear): void {
    if (this.topics.has(name)) throw new Error(`${name} is watched already`);
    const topic = new Topic(name, command, ear);
    this.topics.set(name, topic);
    this.left = this.left.filter((left) => left !== name);
    this.due.set(topic, 0);
  }

  /** Watches it no more. */
  unwatch(name: string): void {
    const topic = this.topics.get(name);
    if (topic === undefined) return;
    this.topics.delete(name);
    this.due.delete(topic);
    this.flying.delete(topic.asked);
    if (this.standing === "standing") this.left.push(name);
  }

  /** Says something that is not answered and may be lost. */
  mention(message: PhoneMessage): void {
    if (this.standing === "standing") this.effects.push({ do: "send", messages: [message] });
  }

  // what happened

  /** The socket is open. */
  opened(nowMs: number, token: string): void {
    if (this.standing !== "connecting") return;
    this.standing = "greeting";
    this.effects.push({ do: "send", messages: [this.hello(token)] });
    this.heardMs = nowMs;
  }

  /** There is a newer token, for the session that stands. */
  renewed(token: string): void {
    this.mention(this.hello(token));
  }

  /** The socket is closed, or never opened. */
  lost(nowMs: number, code = 1006): void {
    if (this.standing === "ended" || this.standing === "resting") return;
    if (!comesBack(code)) return this.end(String(code));
    if (this.standing === "waiting") return; // a goodbye said when to come back
    this.wait(nowMs, 0);
  }

  /** There is no token any more: nothing to come back with. */
  end(cause: string): void {
    this.cause = cause;
    this.standing = "ended";
    this.effects.push({ do: "close" });
  }

  /** Messages came. */
  heard(nowMs: number, messages: readonly GatewayMessage[]): void {
    this.heardMs = nowMs;
    this.pingedMs = 0;
    for (const message of messages) this.hear(nowMs, message);
  }

  /** Time passed, or something new is to be sent. */
  tick(nowMs: number): void {
    if (this.standing === "waiting" && nowMs >= this.atMs) this.connect(nowMs);
    if (this.isOpening() && nowMs >= this.atMs) this.drop(nowMs);
    for (const ask of [...this.asks.values()]) {
      if (nowMs >= ask.untilMs) this.fail(ask, new Refusal("unknown", "no answer came in time", true));
    }
    if (this.standing !== "standing") return;
    const silentSinceMs = this.pingedMs || this.heardMs;
    if (nowMs - silentSinceMs >= this.heartbeatMs) {
      if (this.pingedMs) return this.drop(nowMs);
      this.pingedMs = nowMs;
      this.mention({ type: "ping", at: Math.trunc(nowMs) });
    }
    this.pump(nowMs);
  }

  // the session

  private hello(token: string): PhoneMessage {
    return { type: "hello", token, version: VERSION, client: "web" };
  }

  private isOpening(): boolean {
    return this.standing === "connecting" || this.standing === "greeting";
  }

  private connect(nowMs: number): void {
    this.standing = "connecting";
    this.atMs = nowMs + OPEN_WITHIN_MS;
    this.effects.push({ do: "connect", fresh: this.stale });
    this.stale = false;
  }

  private drop(nowMs: number): void {
    this.effects.push({ do: "close" });
    this.wait(nowMs, 0);
  }

  private wait(nowMs: number, afterMs: number): void {
    if (this.standing === "standing" && nowMs - this.stoodMs >= STEADY_MS) this.attempt = 0;
    this.standing = "waiting";
    this.atMs = nowMs + afterMs + pauseMs(this.attempt++, this.random);
    this.pingedMs = 0;
    this.left = [];
    for (const call of this.flying.values()) this.due.set(call, 0);
    this.flying.clear();
    for (const topic of this.topics.values()) this.due.set(topic, 0);
  }

  private goodbye(nowMs: number, message: Goodbye): void {
    if (!message.reconnect) return this.end(message.cause);
    this.stale = message.code === TOKEN_EXPIRED;
    if (this.standing !== "waiting") this.wait(nowMs, message.after_s * 1000);
  }

  // what comes

  private hear(nowMs: number, message: GatewayMessage): void {
    switch (message.type) {
      case "welcome":
        return this.welcomed(nowMs, message.user, message.heartbeat_s * 1000);
      case "reply":
        return this.settle(message.id, (ask) => ask.answered(message.reply));
      case "error":
        return this.failed(nowMs, message);
      case "watched": {
        const topic = this.topics.get(message.topic);
        if (topic === undefined || (message.id && topic.asked !== message.id)) return;
        this.flying.delete(message.id);
        if (!topic.watched(message)) this.again(topic, 0);
        return;
      }
      case "push": {
        const topic = this.topics.get(message.topic);
        if (topic && !topic.pushed(message)) this.again(topic, 0);
        return;
      }
      case "unwatched": {
        const topic = this.topics.get(message.topic);
        if (topic === undefined || topic.asked) return;
        if (message.code === "watch.again") return this.again(topic, 0);
        return this.close(topic, message.code, message.text);
      }
      case "goodbye":
        return this.goodbye(nowMs, message);
      case "pong":
        return;
    }
  }

  private welcomed(nowMs: number, user: string, heartbeatMs: number): void {
    this.user = user;
    this.heartbeatMs = heartbeatMs;
    if (this.standing !== "greeting") return; // a newer token was taken
    this.standing = "standing";
    this.stoodMs = nowMs;
    this.pump(nowMs);
  }

  private failed(nowMs: number, message: Failed): void {
    const call = this.flying.get(message.id);
    if (call === undefined) return;
    this.flying.delete(message.id);
    const pause = Math.max(message.after_s, 0.2) * 1000 * (1 + this.random());
    if (call instanceof Topic) {
      if (message.retry) this.again(call, nowMs + pause);
      else this.close(call, message.code, message.text);
    } else if (message.retry && nowMs + pause < call.untilMs) {
      this.due.set(call, nowMs + pause);
    } else {
      this.fail(call, new Refusal(message.code, message.text, message.retry));
    }
  }

  private settle(id: string, how: (ask: Asked) => void): void {
    const ask = this.asks.get(id);
    this.flying.delete(id);
    if (ask === undefined) return;
    this.asks.delete(id);
    this.due.delete(ask);
    how(ask);
  }

  private fail(ask: Asked, refusal: Refusal): void {
    this.settle(ask.id, () => ask.failed(refusal));
  }

  private again(topic: Topic, atMs: number): void {
    this.flying.delete(topic.asked);
    topic.asked = "";
    this.due.set(topic, atMs);
  }

  private close(topic: Topic, code: string, text: string): void {
    this.topics.delete(topic.name);
    this.due.delete(topic);
    topic.ear.closed(code, text);
  }

  // what goes

  private pump(nowMs: number): void {
    const messages: PhoneMessage[] = [];
    if (this.left.length) messages.push({ type: "unwatch", topics: this.left });
    this.left = [];
    for (const [call, atMs] of this.due) {
      if (this.flying.size >= WINDOW) break;
      if (atMs > nowMs) continue;
      this.due.delete(call);
      messages.push(this.message(call));
    }
    if (messages.length) this.effects.push({ do: "send", messages });
  }

  private message(call: Asked | Topic): PhoneMessage {
    if (call instanceof Topic) {
      const id = this.newId();
      call.asked = id;
      this.flying.set(id, call);
      return { type: "watch", id, topic: call.name, command: call.command, since: call.position };
    }
    this.flying.set(call.id, call);
    return { type: "ask", id: call.id, to: call.to, command: call.command };
  }
}
