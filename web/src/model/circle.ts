/** Whom I let near: is my account private, who asks to follow me, whom did I block, mute, call a friend. */

import { type Signal, signal } from "@preact/signals";
import type { Author, CirclePart, Deed, Rest } from "../client/rest.ts";
import type { Client } from "../client/socket.ts";
import { textOf } from "./post.ts";

/** What takes someone off a list. */
const OFF: Partial<Record<CirclePart, Deed>> = {
  requests: "request",
  blocked: "block",
  muted: "mute",
  close_friends: "close-friend",
};

export class Circle {
  readonly requestCount: Signal<number> = signal(0);
  readonly isPrivate: Signal<boolean | null> = signal(null);
  private readonly rest: Rest;
  private readonly client: Client;
  private readonly complain: (text: string) => void;

  constructor(rest: Rest, client: Client, complain: (text: string) => void) {
    this.rest = rest;
    this.client = client;
    this.complain = complain;
  }

  /** From now on it knows how many ask to follow me. */
  watch(me: string): void {
    this.client.watch(
      `user:${me}/requests`,
      { type: "user.read_circle", part: "requests" },
      {
        snapshot: (reply) =>
          (this.requestCount.value = (reply as unknown as { users: string[] }).users.length),
        pushed: (message) => {
          this.requestCount.value = (message as unknown as { request_count: number }).request_count;
        },
        reset: () => undefined,
        closed: () => undefined,
      },
    );
  }

  list(part: CirclePart): CircleList {
    return new CircleList(this.rest, part, this.complain);
  }

  async setPrivate(on: boolean): Promise<void> {
    const before = this.isPrivate.peek();
    this.isPrivate.value = on;
    try {
      this.isPrivate.value = (await this.rest.setPrivacy(on)).private;
    } catch (error) {
      this.isPrivate.value = before;
      this.complain(`That did not work: ${textOf(error)}`);
    }
  }
}

/** The people on one of my lists. */
export class CircleList {
  readonly people: Signal<Author[]> = signal([]);
  readonly state: Signal<"reading" | "read" | "failed"> = signal("reading");
  readonly next: Signal<string | null> = signal(null);
  private readonly rest: Rest;
  private readonly part: CirclePart;
  private readonly complain: (text: string) => void;

  constructor(rest: Rest, part: CirclePart, complain: (text: string) => void) {
    this.rest = rest;
    this.part = part;
    this.complain = complain;
  }

  async refresh(): Promise<void> {
    try {
      this.turnTo([], await this.rest.circle(this.part, null));
    } catch {
      this.state.value = "failed";
    }
  }

  async readMore(): Promise<void> {
    const cursor = this.next.peek();
    if (cursor === null) return;
    this.next.value = null;
    try {
      this.turnTo(this.people.peek(), await this.rest.circle(this.part, cursor));
    } catch (error) {
      this.next.value = cursor;
      this.complain(`The rest cannot be read: ${textOf(error)}`);
    }
  }

  /** Takes someone off the list, by letting them in or not where they ask; shows at once. */
  async settle(person: Author, lets = false): Promise<void> {
    const before = this.people.peek();
    this.people.value = before.filter((held) => held.user_id !== person.user_id);
    try {
      await this.rest.relate(person.user_id, OFF[this.part]!, lets);
    } catch (error) {
      this.people.value = before;
      this.complain(`That did not work: ${textOf(error)}`);
    }
  }

  private turnTo(held: Author[], page: { users: Author[]; next_cursor: string | null }): void {
    this.people.value = [...held, ...page.users];
    this.next.value = page.next_cursor;
    this.state.value = "read";
  }
}
