/** What is asked over HTTP: coming in, and what gateways compose of many actors. */

import { Refusal } from "./core.ts";
import type { Entered, TokenKeeper } from "./tokens.ts";

export interface Author {
  user_id: string;
  username: string;
  profile_pic: string | null;
}

/** A photo of a post; without addresses until it is ready. */
export interface Media {
  id: string;
  alt_text: string;
  width: number | null;
  height: number | null;
  thumbhash: string | null;
  url: string | null;
  sizes: { url: string; width: number; height: number }[];
}

/** Where the bytes of a photo go. */
export interface UploadAddress {
  upload_url: string;
  upload_id: string;
  headers: Record<string, string>;
}

export interface Post {
  post_id: string;
  author: Author;
  media: Media[];
  processing_status: string;
  caption: string;
  location: string | null;
  like_count: number;
  comment_count: number;
  liked_by_viewer: boolean;
  created_at: string;
  audience: Audience;
}

export interface PostPage {
  posts: Post[];
  next_cursor: string | null;
  complete: boolean;
}

export type Audience = "public" | "followers" | "close_friends" | "only_me";

/** How I and someone stand to each other. */
export interface Relation {
  user_id: string;
  following: boolean;
  requested: boolean;
  follows_you: boolean;
  requests_you: boolean;
  close_friend: boolean;
  blocked: boolean;
  muted: boolean;
  muted_until: string | null;
}

/** What can be done about someone and taken back: the last part of its path. */
export type Deed = "request" | "follower" | "block" | "mute" | "close-friend";

/** One of my lists. */
export type CirclePart = "requests" | "asked" | "blocked" | "muted" | "close_friends";

export interface Device {
  session_id: string;
  client: string;
  opened_at: string;
  used_at: string;
  current: boolean;
}

/** My address, and the one that waits for its link to be opened. */
export interface Email {
  email: string | null;
  pending: string | null;
}

export interface UserPage {
  users: Author[];
  next_cursor: string | null;
}

export interface Profile {
  user_id: string;
  username: string;
  name: string;
  bio: string;
  profile_pic: string | null;
  follower_count: number;
  following_count: number;
  post_count: number;
  followed_by_viewer: boolean;
  private: boolean;
  verified: boolean;
}

const WITHIN_MS = 20_000; // after that the person is told
const ATTEMPT_WITHIN_MS = 15_000;
const LONGEST_PAUSE_MS = 3_000;

interface Problem {
  code: string;
  detail: string;
  retry: boolean;
}

export class Rest {
  private readonly base: string;
  private readonly pause: (ms: number) => Promise<void>;
  tokens: TokenKeeper | null = null;

  constructor(base = "", pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))) {
    this.base = base;
    this.pause = pause;
  }

  register(username: string, password: string, email: string, key: string): Promise<Entered> {
    const body = { username, password, client: "web", email: email || null };
    return this.send("POST", "/api/register", body, { key, open: true });
  }

  login(username: string, password: string): Promise<Entered> {
    return this.send("POST", "/api/login", { username, password, client: "web" }, { open: true });
  }

  renew(refresh: string): Promise<Entered> {
    return this.send("POST", "/api/refresh", { refresh_token: refresh }, { open: true });
  }

  logout(): Promise<void> {
    return this.send("POST", "/api/logout");
  }

  async devices(): Promise<Device[]> {
    return (await this.send<{ sessions: Device[] }>("GET", "/api/sessions")).sessions;
  }

  endDevice(session: string): Promise<void> {
    return this.send("DELETE", `/api/sessions/${encodeURIComponent(session)}`);
  }

  endOtherDevices(): Promise<void> {
    return this.send("DELETE", "/api/sessions?others=true");
  }

  changePassword(old_password: string, new_password: string, key: string): Promise<void> {
    return this.send("PUT", "/api/password", { old_password, new_password }, { key });
  }

  email(): Promise<Email> {
    return this.send("GET", "/api/email");
  }

  changeEmail(email: string, password: string, code: string): Promise<Email> {
    return this.send("PUT", "/api/email", { email, password, code });
  }

  confirmEmail(token: string): Promise<Email> {
    return this.send("POST", "/api/email/confirm", { token }, { open: true });
  }

  forgetPassword(account: string): Promise<void> {
    return this.send("POST", "/api/password/forgotten", { account }, { open: true });
  }

  resetPassword(token: string, new_password: string, key: string): Promise<void> {
    return this.send("POST", "/api/password/reset", { token, new_password }, { key, open: true });
  }

  feed(cursor: string | null): Promise<PostPage> {
    return this.send("GET", `/api/feed${query(cursor)}`);
  }

  profileNamed(username: string): Promise<Profile> {
    return this.send("GET", `/api/usernames/${encodeURIComponent(username)}`);
  }

  postsOf(user: string, cursor: string | null): Promise<PostPage> {
    return this.send("GET", `/api/users/${encodeURIComponent(user)}/posts${query(cursor)}`);
  }

  post(id: string): Promise<Post> {
    return this.send("GET", `/api/posts/${encodeURIComponent(id)}`);
  }

  publish(
    caption: string,
    audience: Audience,
    key: string,
    media: { upload_id: string; alt_text: string }[] = [],
  ): Promise<Post> {
    return this.send("POST", "/api/posts", { caption, audience, media }, { key });
  }

  uploadAddress(
    declared: { content_type?: string; size_bytes: number },
    key: string,
  ): Promise<UploadAddress> {
    return this.send("POST", "/api/posts/upload-url", declared, { key });
  }

  // whom I let near

  setPrivacy(isPrivate: boolean): Promise<{ private: boolean }> {
    return this.send("PUT", "/api/privacy", { private: isPrivate });
  }

  circle(part: CirclePart, cursor: string | null): Promise<UserPage> {
    return this.send("GET", `/api/circle/${part}${query(cursor)}`);
  }

  relation(user: string): Promise<Relation> {
    return this.send("GET", `/api/users/${encodeURIComponent(user)}/relation`);
  }

  relate(user: string, deed: Deed, on: boolean): Promise<Relation> {
    const path = `/api/users/${encodeURIComponent(user)}/${deed}`;
    return this.send(on ? "POST" : "DELETE", path, on && deed === "mute" ? {} : undefined);
  }

  /** Sends it again, under the same key, where that may help. */
  private async send<T>(
    method: string,
    path: string,
    body?: object,
    { key = crypto.randomUUID(), open = false }: { key?: string; open?: boolean } = {},
  ): Promise<T> {
    const began = Date.now();
    let spent = "";
    for (let attempt = 0; ; attempt++) {
      const token = open ? "" : await this.token(spent);
      try {
        return await this.once<T>(method, path, body, key, token);
      } catch (error) {
        const refusal = error instanceof Refusal ? error : new Refusal("offline", "no connection", true);
        const isOver = refusal.code === "token.expired" && spent === "";
        if (Date.now() - began > WITHIN_MS || !(refusal.retry || isOver)) throw refusal;
        if (isOver) spent = token;
        else await this.pause(Math.min(LONGEST_PAUSE_MS, 300 * 2 ** attempt) * (0.5 + Math.random()));
      }
    }
  }

  private token(spent: string): Promise<string> {
    if (this.tokens === null) throw new Refusal("token.missing", "log in first");
    return this.tokens.access(spent);
  }

  private async once<T>(
    method: string,
    path: string,
    body: object | undefined,
    key: string,
    token: string,
  ): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    if (method !== "GET") headers["Idempotency-Key"] = key;
    const response = await fetch(this.base + path, {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.timeout(ATTEMPT_WITHIN_MS),
    });
    if (!response.ok) throw await refusalOf(response);
    return ([202, 204].includes(response.status) ? undefined : await response.json()) as T;
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  try {
    const problem = (await response.json()) as Problem;
    return new Refusal(problem.code, problem.detail, problem.retry);
  } catch {
    return new Refusal(`http.${response.status}`, response.statusText, response.status >= 500);
  }
}

function query(cursor: string | null): string {
  return cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
}
