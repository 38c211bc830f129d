/** What a phone and a gateway say to each other on one WebSocket: `protocol/session.py` in TypeScript. */

export const VERSION = 1;
export const FRAME_LIMIT_BYTES = 64 * 1024;
export const BATCH_LIMIT = 256;

/** Where a topic stands for someone: the topic's epoch, and the number of its last push. */
export type Position = [epoch: string, number: number];

/** A word of a noun: `{type: "post.like"}`. */
export interface Word {
  readonly type: string;
}

/** A word that is asked of an actor. */
export interface Command extends Word {
  readonly [field: string]: unknown;
}

export type PhoneMessage =
  | { type: "hello"; token: string; version: number; data_saver?: boolean; client?: string }
  | { type: "ask"; id: string; to: string; command: Command }
  | { type: "watch"; id: string; topic: string; command: Command; since: Position | null }
  | { type: "unwatch"; topics: string[] }
  | { type: "observe"; seen: Seen[] }
  | { type: "saver"; on: boolean }
  | { type: "ping"; at: number };

/** One thing that the person saw. */
export interface Seen {
  what: "impression" | "dwell" | "visit";
  ref: string;
  ms: number;
}

export interface Welcome {
  type: "welcome";
  user: string;
  session: string;
  heartbeat_s: number;
}

export interface Replied {
  type: "reply";
  id: string;
  reply: Word | null;
}

export interface Failed {
  type: "error";
  id: string;
  code: string;
  text: string;
  retry: boolean;
  after_s: number;
}

export interface Watched {
  type: "watched";
  id: string;
  topic: string;
  epoch: string;
  number: number;
  snapshot: Word | null;
  missed: Push[];
  reset: string;
}

/** News of a topic: numbered after `previous`, or ephemeral with number 0. */
export interface Push {
  type: "push";
  topic: string;
  epoch: string;
  number: number;
  previous: number;
  message: Word;
}

export interface Unwatched {
  type: "unwatched";
  topic: string;
  code: string;
  text: string;
}

export interface Pong {
  type: "pong";
  at: number;
  now: number;
}

export interface Goodbye {
  type: "goodbye";
  code: number;
  cause: string;
  reconnect: boolean;
  after_s: number;
}

export type GatewayMessage = Welcome | Replied | Failed | Watched | Push | Unwatched | Pong | Goodbye;

export const TOKEN_EXPIRED = 4100;
export const UNAUTHORISED = 4501;
export const REVOKED = 4502;

/** Whether a client whose socket was closed with this code may come back by itself. */
export function comesBack(code: number): boolean {
  return code < 4500 || code > 4999;
}
