/** A post that moves: its state, the topics that keep it up to date, and what may be done to it. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { Refusal } from "../client/core.ts";
import type {
  CommentAnswer,
  CommentPage,
  LikeCount,
  PostCard,
  PostNews,
  ViewerCount,
} from "../client/nouns.ts";
import type { Media } from "../client/rest.ts";
import type { Command, Word } from "../client/session.ts";
import type { Client } from "../client/socket.ts";
import type { Ear } from "../client/topic.ts";
import * as states from "./post_state.ts";

const LOOK_EVERY_MS = 30_000;
const TYPE_EVERY_MS = 3_000;
const TYPING_LASTS_MS = 6_000;
const COMMENT_WITHIN_MS = 60_000;
const REFRESH_EVERY_MS = 10_000;
const VIEW = { type: "post.view" };

export class PostView {
  readonly id: string;
  readonly state: Signal<states.PostState>;
  readonly likes: ReadonlySignal<number>;
  readonly isLiked: ReadonlySignal<boolean>;
  private readonly client: Client;
  private readonly complain: (text: string) => void;
  private watchers = 0;
  private lookers = 0;
  private liking = false;
  private looking: ReturnType<typeof setInterval> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private typedMs = 0;
  private reading = 0;
  private refreshedMs = 0;

  constructor(client: Client, state: states.PostState, complain: (text: string) => void) {
    this.client = client;
    this.complain = complain;
    this.id = state.id;
    this.state = signal(state);
    this.likes = computed(() => states.likesShown(this.state.value));
    this.isLiked = computed(() => states.isLiked(this.state.value));
  }

  private get topic(): string {
    return `post:${this.id}`;
  }

  private change(how: (state: states.PostState) => states.PostState): void {
    this.state.value = how(this.state.peek());
  }

  /** Where its photos are now. */
  picture(media: Media[]): void {
    const shown = this.state.peek().media;
    const isSame = shown.length === media.length && shown.every((one, at) => one.url === media[at]!.url);
    if (!isSame) this.change((state) => ({ ...state, media }));
  }

  /** Whether it is long ago that a photo could not be shown. */
  mayRefresh(): boolean {
    if (Date.now() - this.refreshedMs < REFRESH_EVERY_MS) return false;
    this.refreshedMs = Date.now();
    return true;
  }

  // being shown

  /** It is on the screen: likes and comments are counted as they come. Gives what ends it. */
  show(): () => void {
    if (this.watchers++ === 0) this.client.watch(this.topic, VIEW, this.ear());
    return () => {
      if (--this.watchers === 0) this.client.unwatch(this.topic);
    };
  }

  /** It is looked at for itself: comments, viewers, and who is writing. Gives what ends it. */
  look(): () => void {
    const hide = this.show();
    if (this.lookers++ === 0) this.beginToLook();
    return () => {
      if (--this.lookers === 0) this.lookAway();
      hide();
    };
  }

  private beginToLook(): void {
    this.client.watch(
      `${this.topic}/viewers`,
      VIEW,
      this.passing(() => void this.say()),
    );
    this.client.watch(`${this.topic}/typing`, VIEW, this.passing());
    this.looking = setInterval(() => void this.say(), LOOK_EVERY_MS);
    if (this.state.peek().isRead === false) void this.readNewest();
  }

  private lookAway(): void {
    clearInterval(this.looking);
    this.client.unwatch(`${this.topic}/viewers`);
    this.client.unwatch(`${this.topic}/typing`);
    this.client.mention(this.topic, { type: "post.leave" });
    this.reading++;
    this.change((state) => ({ ...states.unread(state), typists: [], typistCount: 0, viewers: 0 }));
  }

  /** Says that I look; the answer is how many do. */
  private async say(): Promise<void> {
    if (document.hidden) return;
    try {
      const count = await this.client.ask<ViewerCount>(this.topic, { type: "post.look" });
      this.change((state) => ({ ...state, viewers: count.viewer_count }));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // it is said again soon
    }
  }

  private ear(): Ear {
    return {
      snapshot: (reply) => this.change((state) => states.withCard(state, reply as PostCard)),
      pushed: (message) => this.change((state) => states.told(state, message as PostNews)),
      reset: () => {
        if (this.lookers === 0) return;
        this.change(states.unread);
        void this.readNewest();
      },
      closed: (code) => {
        if (code === "post.gone" || code === "post.unknown")
          this.change((state) => ({ ...state, gone: true }));
      },
    };
  }

  private passing(joined: () => void = () => undefined): Ear {
    return {
      snapshot: joined,
      pushed: (message) => this.passed(message),
      reset: () => undefined,
      closed: () => undefined,
    };
  }

  private passed(message: Word): void {
    this.change((state) => states.told(state, message as PostNews));
    if (message.type !== "post.typists_changed") return;
    clearTimeout(this.silence);
    const quiet = (state: states.PostState) => ({ ...state, typists: [], typistCount: 0 });
    this.silence = setTimeout(() => this.change(quiet), TYPING_LASTS_MS);
  }

  // likes

  /** The heart was tapped: it shows at once, and goes back where the post does not take it. */
  like(): void {
    this.change(states.tapped);
    if (!this.liking) void this.confirmLike();
  }

  private async confirmLike(): Promise<void> {
    this.liking = true;
    try {
      // One at a time, so that quick taps end as the last one meant it.
      for (let wish = this.state.peek().wish; wish !== null; wish = this.state.peek().wish) {
        const type = wish ? "post.like" : "post.unlike";
        const count = await this.client.ask<LikeCount>(this.topic, { type });
        this.change((state) => states.confirmed(state, wish!, count.like_count));
      }
    } catch (error) {
      this.change(states.rolledBack);
      this.complain(`The like did not get through: ${textOf(error)}`);
    } finally {
      this.liking = false;
    }
  }

  // comments

  private async readNewest(): Promise<void> {
    this.reading++; // what an older ask brings is no longer of interest
    await this.read(null, states.withNewest);
  }

  async readOlder(): Promise<void> {
    const before = this.state.peek().older;
    if (before !== null) await this.read(before, states.withOlder);
  }

  private async read(
    before: string | null,
    take: (state: states.PostState, page: CommentPage) => states.PostState,
  ): Promise<void> {
    const reading = this.reading;
    try {
      const command = { type: "post.read_comments", before, limit: 20 };
      const page = await this.client.ask<CommentPage>(this.topic, command);
      if (reading === this.reading) this.change((state) => take(state, page));
    } catch (error) {
      this.complain(`The comments cannot be read: ${textOf(error)}`);
    }
  }

  /** Sends a comment; the same draft again makes no second one. */
  async comment(text: string, call = this.client.newId()): Promise<void> {
    this.typedMs = 0;
    this.client.mention(this.topic, { type: "post.stop_typing" });
    const draft = { call, text, at: Date.now(), failed: false };
    this.change((state) => states.withDraft(state, draft));
    try {
      const command = { type: "post.comment", text, parent: null };
      const made = await this.client.ask<CommentAnswer>(this.topic, command, call, COMMENT_WITHIN_MS);
      this.change((state) => states.withoutDraft(states.withComment(state, made.comment), call));
    } catch (error) {
      this.change((state) => states.withDraft(state, { ...draft, failed: true }));
      this.complain(`The comment was not sent: ${textOf(error)}`);
    }
  }

  discard(call: string): void {
    this.change((state) => states.withoutDraft(state, call));
  }

  async deleteComment(comment: string): Promise<void> {
    await this.attempt({ type: "post.delete_comment", comment }, "The comment cannot be deleted");
  }

  /** A key was pressed in the comment field. */
  typed(text: string): void {
    if (text.trim() === "") return this.stopTyping();
    if (Date.now() - this.typedMs < TYPE_EVERY_MS) return;
    this.typedMs = Date.now();
    this.client.mention(this.topic, { type: "post.type" });
  }

  stopTyping(): void {
    if (this.typedMs) this.client.mention(this.topic, { type: "post.stop_typing" });
    this.typedMs = 0;
  }

  // the post itself

  async delete(): Promise<void> {
    await this.attempt({ type: "post.delete" }, "The post cannot be deleted");
  }

  private async attempt(command: Command, complaint: string): Promise<void> {
    try {
      await this.client.ask(this.topic, command);
    } catch (error) {
      this.complain(`${complaint}: ${textOf(error)}`);
    }
  }
}

/** What went wrong, for a person. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
