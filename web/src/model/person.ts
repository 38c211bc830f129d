/** A person's profile that moves, and whether I follow them. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { ProfileCard, UserNews } from "../client/nouns.ts";
import type { Profile, Rest } from "../client/rest.ts";
import type { Word } from "../client/session.ts";
import type { Client } from "../client/socket.ts";
import { Bond } from "./bond.ts";
import { textOf } from "./post.ts";

interface FollowState extends Word {
  following: boolean;
  requested: boolean;
}

export class Person {
  readonly id: string;
  readonly profile: Signal<Profile>;
  readonly isFollowed: ReadonlySignal<boolean>;
  readonly bond: Bond;
  private readonly client: Client;
  private readonly complain: (text: string) => void;
  private readonly wish: Signal<boolean | null> = signal(null);

  constructor(client: Client, rest: Rest, profile: Profile, complain: (text: string) => void) {
    this.bond = new Bond(rest, profile.user_id, complain);
    this.client = client;
    this.complain = complain;
    this.id = profile.user_id;
    this.profile = signal(profile);
    this.isFollowed = computed(() => this.wish.value ?? this.profile.value.followed_by_viewer);
  }

  /** It is on the screen. Gives what ends it. */
  show(): () => void {
    const topic = `user:${this.id}`;
    if (this.id !== this.client.user) void this.bond.read();
    this.client.watch(
      topic,
      { type: "user.view_profile" },
      {
        snapshot: (reply) => this.read(reply as ProfileCard),
        pushed: (message) => this.told(message as Word as UserNews),
        reset: () => undefined,
        closed: () => undefined,
      },
    );
    return () => this.client.unwatch(topic);
  }

  private read(card: ProfileCard): void {
    const [username, name, bio, profile_pic, , verified = false] = card.about;
    const { user_id, follower_count, following_count, post_count, followed_by_viewer } = card;
    const counts = { follower_count, following_count, post_count, followed_by_viewer, private: card.private };
    this.profile.value = { user_id, username, name, bio, profile_pic, verified, ...counts };
  }

  private told(news: UserNews): void {
    if (news.type !== "user.followers_changed") return;
    this.profile.value = { ...this.profile.peek(), follower_count: news.follower_count };
  }

  /** Follows or unfollows: shows at once, and goes back where it does not work. Whether it worked. */
  async follow(on: boolean): Promise<boolean> {
    this.wish.value = on && this.profile.peek().private ? null : on; // there one has to ask first
    try {
      const command = { type: on ? "user.follow" : "user.unfollow", user: this.id };
      const state = await this.client.ask<FollowState>(`user:${this.client.user}`, command);
      this.profile.value = { ...this.profile.peek(), followed_by_viewer: state.following };
      this.bond.following(state.following, state.requested);
      return true;
    } catch (error) {
      this.complain(`That did not work: ${textOf(error)}`);
      return false;
    } finally {
      this.wish.value = null;
    }
  }
}
