/** A list of posts, newest first, that grows at both ends: the feed, or what one person posted. */

import { type Signal, signal } from "@preact/signals";
import { Refusal } from "../client/core.ts";
import type { Post, PostPage } from "../client/rest.ts";
import { type PostView, textOf } from "./post.ts";

const AGAIN_MS = 1_000; // between two readings of the newest page, however fast posts come

export class PostList {
  readonly posts: Signal<PostView[]> = signal([]);
  readonly state: Signal<"new" | "reading" | "read" | "failed"> = signal("new");
  readonly hasMore: Signal<boolean> = signal(false);
  private readonly readPage: (cursor: string | null) => Promise<PostPage>;
  private readonly view: (post: Post) => PostView;
  private readonly complain: (text: string) => void;
  private cursor: string | null = null;
  private wanted = false;
  private busy = false;

  constructor(
    readPage: (cursor: string | null) => Promise<PostPage>,
    view: (post: Post) => PostView,
    complain: (text: string) => void,
  ) {
    this.readPage = readPage;
    this.view = view;
    this.complain = complain;
  }

  /** There may be newer ones: reads the first page again, soon. */
  async refresh(): Promise<void> {
    this.wanted = true;
    if (this.busy) return;
    this.busy = true;
    while (this.wanted) {
      this.wanted = false;
      await this.readNewest();
      if (this.wanted) await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
    this.busy = false;
  }

  private async readNewest(): Promise<void> {
    const isFirst = this.state.peek() !== "read";
    if (isFirst) this.state.value = "reading";
    try {
      const page = await this.readPage(null);
      const read = page.posts.map(this.view);
      const known = new Set(read.map((post) => post.id));
      const rest = isFirst ? [] : this.posts.peek().filter((post) => !known.has(post.id));
      this.posts.value = byTime([...read, ...rest]);
      if (isFirst) this.turnTo(page.next_cursor);
      this.state.value = "read";
    } catch (error) {
      if (isFirst) this.state.value = "failed";
      if (!(error instanceof Refusal)) throw error;
    }
  }

  async readOlder(): Promise<void> {
    if (this.cursor === null || this.state.peek() !== "read") return;
    const cursor = this.cursor;
    this.cursor = null;
    try {
      const page = await this.readPage(cursor);
      const known = new Set(this.posts.peek().map((post) => post.id));
      const read = page.posts.filter((post) => !known.has(post.post_id)).map(this.view);
      this.posts.value = byTime([...this.posts.peek(), ...read]);
      this.turnTo(page.next_cursor);
    } catch (error) {
      this.turnTo(cursor);
      this.complain(`Older posts cannot be read: ${textOf(error)}`);
    }
  }

  /** One's own post stands there at once. */
  add(post: PostView): void {
    const others = this.posts.peek().filter((held) => held.id !== post.id);
    this.posts.value = byTime([post, ...others]);
  }

  /** Someone is no longer followed. */
  withoutAuthor(user: string): void {
    this.posts.value = this.posts.peek().filter((post) => post.state.peek().author !== user);
  }

  private turnTo(cursor: string | null): void {
    this.cursor = cursor;
    this.hasMore.value = cursor !== null;
  }
}

function byTime(posts: PostView[]): PostView[] {
  return posts.toSorted((one, other) => other.state.peek().createdAt - one.state.peek().createdAt);
}
