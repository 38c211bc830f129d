/** Whether someone is here, while I look: null where the two of us do not show each other. */

import { type Signal, signal } from "@preact/signals";
import type { PresenceCard, PresenceNews } from "../client/nouns.ts";
import type { Word } from "../client/session.ts";
import type { Ear } from "../client/topic.ts";

/** What it needs of the client. */
export interface Watching {
  watch(topic: string, command: Word, ear: Ear): void;
  unwatch(topic: string): void;
}

export class Presence {
  readonly online: Signal<boolean | null> = signal(null);
  readonly lastSeen: Signal<number | null> = signal(null);
  private readonly client: Watching;
  private readonly topic: string;

  constructor(client: Watching, user: string) {
    this.client = client;
    this.topic = `user:${user}/presence`;
  }

  /** It is on the screen. Gives what ends it. */
  show(): () => void {
    this.client.watch(
      this.topic,
      { type: "user.view_presence" },
      {
        snapshot: (reply) => this.is(reply as PresenceCard),
        pushed: (message) => this.is(message as PresenceNews),
        reset: () => undefined,
        closed: () => this.is({ online: null, last_seen: null }),
      },
    );
    return () => this.client.unwatch(this.topic);
  }

  private is({ online, last_seen }: { online: boolean | null; last_seen: number | null }): void {
    this.online.value = online;
    this.lastSeen.value = last_seen;
  }
}
