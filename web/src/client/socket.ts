/** The shell around the core: one WebSocket, one timer, and the browser's word of network and visibility. */

import { framesOf, messagesOf } from "./codec.ts";
import { ASK_WITHIN_MS, Core, Refusal, type Standing } from "./core.ts";
import type { PhoneMessage, Command, Word } from "./session.ts";
import type { Ear } from "./topic.ts";

/** Where an access token comes from; `spent` is one that was refused. */
export interface TokenSource {
  access(spent?: string): Promise<string>;
  earlyMs(): number;
}

export interface Outside {
  url: string;
  tokens: TokenSource;
  /** How it is with the session now; `cause` says why it ended for good. */
  changed(standing: Standing, cause: string): void;
}

const RENEW_AGAIN_MS = 15_000;

export class Client {
  private readonly core: Core;
  private readonly outside: Outside;
  private socket: WebSocket | null = null;
  private attempt = 0; // what an older one brings is no longer of interest
  private token = "";
  private outgoing: PhoneMessage[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private renewAtMs = Number.POSITIVE_INFINITY;
  private settling = false;
  private told: Standing = "resting";

  constructor(outside: Outside) {
    this.outside = outside;
    const prefix = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
    let count = 0;
    this.core = new Core(Math.random, () => `${prefix}-${++count}`);
    this.newId = () => `${prefix}-${++count}`;
    addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.wake();
    });
  }

  /** The id of something that may have to be asked more than once. */
  readonly newId: () => string;

  get user(): string {
    return this.core.user;
  }

  start(): void {
    this.core.start(Date.now());
    this.settle();
  }

  stop(): void {
    this.core.stop();
    this.settle();
  }

  wake(): void {
    this.core.wake(Date.now());
    this.settle();
  }

  /** Asks one actor something; the same again under the same id is done once. */
  ask<R extends Word>(to: string, command: Command, id = this.newId(), withinMs = ASK_WITHIN_MS): Promise<R> {
    return new Promise((answered, failed) => {
      const untilMs = Date.now() + withinMs;
      this.core.ask({ id, to, command, answered: (reply) => answered(reply as R), failed, untilMs });
      this.settle();
    });
  }

  /** Says something that may be lost. */
  mention(to: string, command: Command): void {
    this.core.mention({ type: "ask", id: this.newId(), to, command });
    this.settle();
  }

  watch(topic: string, command: Command, ear: Ear): void {
    this.core.watch(topic, command, ear);
    this.settle();
  }

  unwatch(topic: string): void {
    this.core.unwatch(topic);
    this.settle();
  }

  /** Does what the core wants: once for all that this turn of the loop brings. */
  private settle(): void {
    if (this.settling) return;
    this.settling = true;
    queueMicrotask(() => {
      this.settling = false;
      this.core.tick(Date.now());
      this.carryOut();
      this.tell();
      this.rearm();
    });
  }

  private carryOut(): void {
    for (const effect of this.core.take()) {
      if (effect.do === "send") this.outgoing.push(...effect.messages);
      else if (effect.do === "close") this.hangUp();
      else void this.connect(effect.fresh);
    }
    if (this.socket?.readyState === WebSocket.OPEN) {
      for (const frame of framesOf(this.outgoing)) this.socket.send(frame);
    }
    this.outgoing = [];
  }

  private tell(): void {
    if (this.core.standing === this.told) return;
    this.told = this.core.standing;
    this.outside.changed(this.told, this.core.cause);
  }

  private rearm(): void {
    clearTimeout(this.timer);
    const due = Math.min(this.core.dueMs(), this.renewAtMs);
    if (due === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(() => this.woken(), Math.max(due - Date.now(), 0) + 1);
  }

  private woken(): void {
    if (Date.now() >= this.renewAtMs) void this.renew();
    this.settle();
  }

  private async connect(fresh: boolean): Promise<void> {
    const attempt = ++this.attempt;
    this.drop();
    try {
      this.token = await this.outside.tokens.access(fresh ? this.token : "");
    } catch (error) {
      if (attempt === this.attempt) this.withoutToken(error);
      return;
    }
    if (attempt === this.attempt && this.core.standing === "connecting") this.open(attempt);
  }

  private withoutToken(error: unknown): void {
    if (error instanceof Refusal && !error.retry) this.core.end(error.code);
    else this.core.lost(Date.now());
    this.settle();
  }

  private open(attempt: number): void {
    const socket = new WebSocket(this.outside.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    const ifCurrent = (happens: () => void) => {
      if (attempt !== this.attempt) return;
      happens();
      this.settle();
    };
    socket.onopen = () => ifCurrent(() => this.opened());
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) =>
      ifCurrent(() => this.core.heard(Date.now(), messagesOf(event.data)));
    socket.onclose = (event) => ifCurrent(() => this.core.lost(Date.now(), event.code));
  }

  private opened(): void {
    this.core.opened(Date.now(), this.token);
    this.renewAtMs = this.outside.tokens.earlyMs();
  }

  private async renew(): Promise<void> {
    this.renewAtMs = Date.now() + RENEW_AGAIN_MS;
    try {
      this.token = await this.outside.tokens.access();
    } catch (error) {
      if (error instanceof Refusal && !error.retry) this.core.end(error.code);
      return this.settle();
    }
    this.core.renewed(this.token);
    this.renewAtMs = this.outside.tokens.earlyMs();
    this.settle();
  }

  private hangUp(): void {
    this.attempt++;
    this.drop();
  }

  private drop(): void {
    this.renewAtMs = Number.POSITIVE_INFINITY;
    this.socket?.close();
    this.socket = null;
  }
}
