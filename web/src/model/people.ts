/** Names of users, asked for once. */

import { type Signal, signal } from "@preact/signals";
import type { ProfileCard } from "../client/nouns.ts";
import type { Author } from "../client/rest.ts";
import type { Client } from "../client/socket.ts";

export class People {
  private readonly client: Client;
  private readonly names = new Map<string, Signal<string>>();

  constructor(client: Client) {
    this.client = client;
  }

  /** The username, once it is known; empty until then. */
  name(user: string): Signal<string> {
    let name = this.names.get(user);
    if (name === undefined) {
      name = signal("");
      this.names.set(user, name);
      void this.find(user, name);
    }
    return name;
  }

  /** Somebody was named beside something else. */
  meet(author: Author): void {
    const name = this.names.get(author.user_id);
    if (name === undefined) this.names.set(author.user_id, signal(author.username));
    else name.value = author.username;
  }

  private async find(user: string, name: Signal<string>): Promise<void> {
    try {
      const card = await this.client.ask<ProfileCard>(`user:${user}`, { type: "user.view_profile" });
      name.value = card.about[0];
    } catch {
      this.names.delete(user); // the next one who needs it asks again
    }
  }
}
