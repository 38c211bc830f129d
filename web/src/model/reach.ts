/** Who may comment on what I share, mention me, write to me, and see when I am here. */

import { type Signal, signal } from "@preact/signals";
import type { ReachState, Who } from "../client/nouns.ts";
import type { Word } from "../client/session.ts";
import { textOf } from "./post.ts";

export type What = "comment" | "mention" | "message" | "activity";

/** What it needs of the client. */
export interface Asking {
  readonly user: string;
  ask<R extends Word>(to: string, command: Word): Promise<R>;
}

export class Reach {
  readonly now: Signal<ReachState | null> = signal(null);
  private readonly client: Asking;
  private readonly complain: (text: string) => void;

  constructor(client: Asking, complain: (text: string) => void) {
    this.client = client;
    this.complain = complain;
  }

  async read(): Promise<void> {
    try {
      this.now.value = await this.ask({ type: "user.read_reach" });
    } catch (error) {
      this.complain(`Your settings cannot be read: ${textOf(error)}`);
    }
  }

  /** Shows at once, and goes back where it fails. */
  async let(what: What, who: Who): Promise<void> {
    const before = this.now.peek();
    if (before === null) return;
    this.now.value = { ...before, [what]: who };
    try {
      this.now.value = await this.ask({ type: "user.set_reach", [what]: who } as Word);
    } catch (error) {
      this.now.value = before;
      this.complain(`That did not work: ${textOf(error)}`);
    }
  }

  private ask(command: Word): Promise<ReachState> {
    return this.client.ask<ReachState>(`user:${this.client.user}`, command);
  }
}
