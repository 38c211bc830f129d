/** What all pages share: who I am, the session, my feed, and what went wrong of late. */

import { type Signal, signal } from "@preact/signals";
import { Refusal, type Standing } from "../client/core.ts";
import type { ProfileCard, UserNews } from "../client/nouns.ts";
import { type Audience, type Post, type Profile, Rest } from "../client/rest.ts";
import { Client } from "../client/socket.ts";
import { type Entered, TokenKeeper } from "../client/tokens.ts";
import { Album } from "./album.ts";
import { Circle } from "./circle.ts";
import { PostList } from "./feed.ts";
import { People } from "./people.ts";
import { Person } from "./person.ts";
import { PostView } from "./post.ts";
import { ofPost } from "./post_state.ts";

const TOAST_MS = 6_000;
const QUIET_MS = 1_500; // a session that is back so soon was never missed

export interface Toast {
  id: number;
  text: string;
}

export class App {
  readonly rest = new Rest();
  readonly tokens = new TokenKeeper(localStorage, (refresh) => this.rest.renew(refresh));
  readonly client: Client;
  readonly people: People;
  readonly circle: Circle;
  readonly album: Album;
  readonly feed: PostList;
  readonly me: Signal<{ id: string; username: string } | null> = signal(null);
  readonly isCut: Signal<boolean> = signal(false);
  readonly toasts: Signal<Toast[]> = signal([]);
  private readonly posts = new Map<string, PostView>();
  private quiet: ReturnType<typeof setTimeout> | undefined;
  private toastCount = 0;

  constructor() {
    this.rest.tokens = this.tokens;
    this.client = new Client({
      url: `${location.origin.replace(/^http/, "ws")}/ws`,
      tokens: this.tokens,
      changed: (standing, cause) => this.sessionIs(standing, cause),
    });
    this.people = new People(this.client);
    this.circle = new Circle(this.rest, this.client, (text) => this.complain(text));
    this.album = new Album(this.rest, this.client);
    this.feed = new PostList(
      (cursor) => this.rest.feed(cursor),
      (post) => this.postOf(post),
      (text) => this.complain(text),
    );
    const held = this.tokens.held();
    if (held !== null) this.enter(held.user);
    addEventListener("storage", () => this.otherTab());
  }

  // coming and going

  entered(entered: Entered): void {
    this.tokens.keep(entered);
    this.enter(entered.user_id);
  }

  private enter(user: string): void {
    this.me.value = { id: user, username: "" };
    this.client.start();
    this.client.watch(
      `user:${user}/feed`,
      { type: "user.view_profile" },
      {
        snapshot: (reply) => this.met(reply as ProfileCard),
        pushed: (message) => {
          if ((message as UserNews).type === "user.feed_grew") void this.feed.refresh();
        },
        reset: () => undefined,
        closed: () => undefined,
      },
    );
    this.circle.watch(user);
    void this.feed.refresh();
  }

  /** The session stands, anew or again: whatever came meanwhile is in the feed. */
  private met(card: ProfileCard): void {
    this.me.value = { id: card.user_id, username: card.about[0] };
    this.circle.isPrivate.value = card.private;
    if (this.feed.state.peek() !== "new") void this.feed.refresh();
  }

  async leave(): Promise<void> {
    try {
      await this.rest.logout();
    } catch {
      this.complain("You are logged out here; the server could not be told.");
    }
    this.forget();
  }

  private forget(): void {
    this.tokens.forget();
    this.client.stop();
    location.assign("/");
  }

  private otherTab(): void {
    const user = this.tokens.held()?.user ?? null;
    if (user !== (this.me.peek()?.id ?? null)) location.reload();
  }

  private sessionIs(standing: Standing, cause: string): void {
    clearTimeout(this.quiet);
    if (standing === "ended") {
      if (!/unsupported|origin|malformed|replaced/.test(cause)) return this.forget();
      this.complain("This page is out of date: load it again.");
    }
    const isDown = standing !== "standing" && standing !== "resting";
    if (!isDown) this.isCut.value = false;
    else this.quiet = setTimeout(() => (this.isCut.value = true), QUIET_MS);
  }

  // things

  /** The one view of this post; what REST says of it is news only where there is none yet. */
  postOf(post: Post): PostView {
    this.people.meet(post.author);
    const view = this.keep(
      post.post_id,
      () => new PostView(this.client, ofPost(post), (text) => this.complain(text)),
    );
    view.picture(post.media ?? []);
    return view;
  }

  async post(id: string): Promise<PostView> {
    return this.posts.get(id) ?? this.postOf(await this.rest.post(id));
  }

  private keep(id: string, make: () => PostView): PostView {
    const view = this.posts.get(id) ?? make();
    this.posts.set(id, view);
    return view;
  }

  async publish(caption: string, audience: Audience, key: string): Promise<void> {
    const chosen = this.album.photos.peek();
    const media = chosen.map(({ upload, alt }) => ({ upload_id: upload.id, alt_text: alt }));
    const post = await this.rest.publish(caption, audience, key, media);
    if (media.length === 0) return this.feed.add(this.postOf(post));
    this.album.posted(
      post,
      () => void this.feed.refresh(),
      (text) => this.complain(`The post will not appear: ${text}`),
    );
  }

  /** Addresses of photos are good for some minutes: reads them anew, unless that was just done. */
  async refreshMedia(post: PostView): Promise<void> {
    if (!post.mayRefresh()) return;
    try {
      this.postOf(await this.rest.post(post.id));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // the place of the photo stays empty
    }
  }

  person(profile: Profile): Person {
    return new Person(this.client, this.rest, profile, (text) => this.complain(text));
  }

  /** Nothing of them stays on the screen. */
  async block(person: Person): Promise<boolean> {
    if (!(await person.bond.change("block", true))) return false;
    this.feed.withoutAuthor(person.id);
    return true;
  }

  async follow(person: Person, on: boolean): Promise<void> {
    if (!(await person.follow(on))) return;
    if (!on) this.feed.withoutAuthor(person.id);
    await this.feed.refresh();
  }

  /** Tells the person what went wrong. */
  complain(text: string): void {
    const toast = { id: ++this.toastCount, text };
    this.toasts.value = [...this.toasts.peek().slice(-2), toast];
    setTimeout(() => {
      this.toasts.value = this.toasts.peek().filter((held) => held.id !== toast.id);
    }, TOAST_MS);
  }
}
