/** One watched topic: a snapshot, then every push after it, once and in order, over any number of cuts. */

import type { Position, Push, Watched, Command, Word } from "./session.ts";

/** Who hears of a topic. */
export interface Ear {
  /** The state as of now: it takes the place of all that was known before. */
  snapshot(reply: Word): void;
  /** What was pushed since then. */
  pushed(message: Word): void;
  /** Pushes were lost for good; a snapshot follows. What was read beside it must be read again. */
  reset(): void;
  /** The topic may not be watched any more. */
  closed(code: string, text: string): void;
}

export class Topic {
  readonly name: string;
  readonly command: Command;
  readonly ear: Ear;
  /** Where it stands; what a gateway is told when it is watched again. */
  position: Position | null = null;
  /** The id of the watch that is under way; empty when it is joined. */
  asked = "";
  private ahead: { number: number; reply: Word } | null = null;

  constructor(name: string, command: Command, ear: Ear) {
    this.name = name;
    this.command = command;
    this.ear = ear;
  }

  /** It is joined; whether it stays so. It does not where a gateway only says that something was lost. */
  watched(message: Watched): boolean {
    this.ahead = null;
    if (message.reset) {
      this.position = null;
      this.ear.reset();
    }
    if (message.id === "" && message.snapshot === null) return false;
    this.asked = "";
    if (this.position === null || message.missed.length === 0) {
      this.position = [message.epoch, message.number];
    }
    // The snapshot knows all pushes up to its number, also those that did not fit in one frame with it.
    if (message.snapshot) this.ahead = { number: message.number, reply: message.snapshot };
    for (const push of message.missed) this.take(push);
    this.catchUp();
    return true;
  }

  /** A push came; whether none is missing before it. */
  pushed(push: Push): boolean {
    if (this.asked || this.position === null) return true; // it is among what the answer brings
    if (push.number === 0) {
      this.ear.pushed(push.message);
      return true;
    }
    if (push.epoch !== this.position[0] || push.previous > this.position[1]) return false;
    this.take(push);
    this.catchUp();
    return true;
  }

  private take(push: Push): void {
    const have = this.position!;
    if (push.number <= have[1]) return;
    this.position = [push.epoch, push.number];
    this.ear.pushed(push.message);
  }

  private catchUp(): void {
    if (this.ahead === null || this.position![1] < this.ahead.number) return;
    const reply = this.ahead.reply;
    this.ahead = null;
    this.ear.snapshot(reply);
  }
}
