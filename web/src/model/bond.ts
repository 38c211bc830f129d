/** How I and a person stand to each other: what I change shows at once, and goes back where it fails. */

import { type Signal, signal } from "@preact/signals";
import type { Deed, Relation, Rest } from "../client/rest.ts";
import { textOf } from "./post.ts";

/** What a deed says of the two of them before it is answered. */
const AT_ONCE: Record<Deed, (on: boolean) => Partial<Relation>> = {
  request: (on) => ({ requests_you: false, follows_you: on }),
  follower: (on) => ({ follows_you: on }),
  block: (on) => ({ blocked: on, ...(on && { following: false, requested: false, follows_you: false }) }),
  mute: (on) => ({ muted: on }),
  "close-friend": (on) => ({ close_friend: on }),
};

export class Bond {
  readonly relation: Signal<Relation | null> = signal(null);
  private readonly rest: Rest;
  private readonly user: string;
  private readonly complain: (text: string) => void;

  constructor(rest: Rest, user: string, complain: (text: string) => void) {
    this.rest = rest;
    this.user = user;
    this.complain = complain;
  }

  async read(): Promise<void> {
    try {
      this.relation.value = await this.rest.relation(this.user);
    } catch {
      this.relation.value = null; // what needs it is not offered; the next look asks again
    }
  }

  /** A follow was answered: it stands, or waits. */
  following(is: boolean, waits: boolean): void {
    const relation = this.relation.peek();
    if (relation !== null) this.relation.value = { ...relation, following: is, requested: waits };
  }

  /** Whether it worked. */
  async change(deed: Deed, on: boolean): Promise<boolean> {
    const before = this.relation.peek();
    if (before === null) return false;
    this.relation.value = { ...before, ...AT_ONCE[deed](on) };
    try {
      this.relation.value = await this.rest.relate(this.user, deed, on);
      return true;
    } catch (error) {
      this.relation.value = before;
      this.complain(`That did not work: ${textOf(error)}`);
      return false;
    }
  }
}
