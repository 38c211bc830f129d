/** A post as this browser sees it: what it was told, and what the person just did on top of it. */

import type { CommentPage, CommentRow, PostCard, PostNews } from "../client/nouns.ts";
import type { Audience, Media, Post } from "../client/rest.ts";

export interface Comment {
  id: string;
  by: string;
  text: string;
  at: number;
}

/** A comment of one's own that is not confirmed yet. */
export interface Draft {
  call: string; // the id under which it is sent, and sent again
  text: string;
  at: number;
  failed: boolean;
}

export interface PostState {
  id: string;
  author: string;
  caption: string;
  location: string | null;
  audience: Audience;
  createdAt: number;
  gone: boolean;
  media: Media[];
  likes: number;
  liked: boolean;
  wish: boolean | null; // what was tapped, until it is confirmed or taken back
  likesAtTap: number;
  commentCount: number;
  comments: Comment[]; // newest first
  drafts: Draft[]; // newest first
  older: string | null; // what to ask for the page before; null when there is none
  isRead: boolean; // whether the comments were read at all
  removed: ReadonlySet<string>; // comments that are gone, whatever comes late
  viewers: number;
  typists: string[];
  typistCount: number;
}

const HELD = 300; // comments; older ones are read again when they are wanted
const NOBODY = { viewers: 0, typists: [] as string[], typistCount: 0 };

export function blank(id: string): PostState {
  return {
    id,
    author: "",
    caption: "",
    location: null,
    audience: "public",
    createdAt: 0,
    gone: false,
    media: [],
    likes: 0,
    liked: false,
    wish: null,
    likesAtTap: 0,
    commentCount: 0,
    comments: [],
    drafts: [],
    older: null,
    isRead: false,
    removed: new Set(),
    ...NOBODY,
  };
}

/** As REST tells it. */
export function ofPost(post: Post): PostState {
  return {
    ...blank(post.post_id),
    author: post.author.user_id,
    caption: post.caption,
    location: post.location,
    audience: post.audience,
    media: post.media ?? [],
    createdAt: Date.parse(post.created_at),
    likes: post.like_count,
    liked: post.liked_by_viewer,
    commentCount: post.comment_count,
  };
}

/** A snapshot takes the place of all that it knows. */
export function withCard(state: PostState, card: PostCard): PostState {
  return {
    ...state,
    author: card.author_id,
    caption: card.caption,
    location: card.location,
    audience: card.audience,
    createdAt: card.created_at,
    likes: card.like_count,
    liked: card.liked_by_viewer,
    commentCount: card.comment_count,
  };
}

/** Something was pushed. */
export function told(state: PostState, news: PostNews): PostState {
  switch (news.type) {
    case "post.likes_changed":
      return { ...state, likes: news.like_count };
    case "post.comment_added":
      return { ...withComment(state, news.comment), commentCount: news.comment_count };
    case "post.comments_changed": // by someone of whom I am to hear nothing
      return { ...state, commentCount: news.comment_count };
    case "post.comment_removed":
      return {
        ...state,
        removed: new Set(state.removed).add(news.comment),
        comments: state.comments.filter((comment) => comment.id !== news.comment),
        commentCount: news.comment_count,
      };
    case "post.removed":
      return { ...state, gone: true };
    case "post.viewers_changed":
      return { ...state, viewers: news.viewer_count };
    case "post.typists_changed":
      return { ...state, typists: news.users, typistCount: news.count };
    default:
      return state;
  }
}

/** Comments are known by their ids, so that it does not matter which of answer and push comes first. */
export function withComment(state: PostState, row: CommentRow): PostState {
  const [id, by, text, at] = row;
  const typists = state.typists.filter((user) => user !== by);
  const typistCount = state.typistCount - (state.typists.length - typists.length);
  if (state.removed.has(id) || state.comments.some((comment) => comment.id === id)) return state;
  return bounded({ ...state, typists, typistCount, comments: [{ id, by, text, at }, ...state.comments] });
}

function bounded(state: PostState): PostState {
  if (state.comments.length <= HELD) return state;
  const comments = state.comments.slice(0, HELD);
  return { ...state, comments, older: comments.at(-1)!.id };
}

/** The newest comments were read; pushed ones that the page did not know yet stay above it. */
export function withNewest(state: PostState, page: CommentPage): PostState {
  const read = commentsOf(state, page);
  const oldest = read.at(-1)?.at ?? 0;
  const known = new Set(read.map((comment) => comment.id));
  const newer = state.isRead ? [] : state.comments.filter((one) => !known.has(one.id) && one.at >= oldest);
  return { ...state, comments: [...newer, ...read], older: page.before, isRead: true };
}

/** The page before was read. */
export function withOlder(state: PostState, page: CommentPage): PostState {
  const known = new Set(state.comments.map((comment) => comment.id));
  const read = commentsOf(state, page).filter((comment) => !known.has(comment.id));
  return { ...state, comments: [...state.comments, ...read], older: page.before };
}

/** Comments were missed: the next page that is read takes the place of all that are held. */
export function unread(state: PostState): PostState {
  return { ...state, comments: [], older: null, isRead: false };
}

function commentsOf(state: PostState, page: CommentPage): Comment[] {
  const held = page.comments.filter(([id]) => !state.removed.has(id));
  return held.map(([id, by, text, at]) => ({ id, by, text, at }));
}

// likes

export function isLiked(state: PostState): boolean {
  return state.wish ?? state.liked;
}

/** How many likes are shown: the own one counts at once, and is not counted twice when it is pushed. */
export function likesShown(state: PostState): number {
  if (state.wish === null || state.wish === state.liked) return state.likes;
  if (state.wish) return Math.max(state.likes, state.likesAtTap + 1);
  return Math.max(0, Math.min(state.likes, state.likesAtTap - 1));
}

/** The heart was tapped. */
export function tapped(state: PostState): PostState {
  const base = state.wish === null ? state.likes : state.likesAtTap;
  return { ...state, wish: !isLiked(state), likesAtTap: base };
}

/** What was wished is so; a later wish may stand already. */
export function confirmed(state: PostState, liked: boolean, likes: number): PostState {
  const wish = state.wish === liked ? null : state.wish;
  return { ...state, liked, likes, wish, likesAtTap: likes };
}

/** It did not work: back to what was before. */
export function rolledBack(state: PostState): PostState {
  return { ...state, wish: null };
}

// own comments on their way

export function withDraft(state: PostState, draft: Draft): PostState {
  return { ...state, drafts: [draft, ...state.drafts.filter((held) => held.call !== draft.call)] };
}

export function withoutDraft(state: PostState, call: string): PostState {
  return { ...state, drafts: state.drafts.filter((draft) => draft.call !== call) };
}

/** Own comments that are shown as on their way: those that were not pushed yet. */
export function draftsShown(state: PostState, me: string): Draft[] {
  const since = state.drafts.at(-1)?.at ?? 0;
  const arrived = state.comments.filter((one) => one.by === me && one.at >= since - CLOCKS_APART_MS);
  const texts = arrived.map((comment) => comment.text);
  return state.drafts.filter((draft) => {
    const at = texts.indexOf(draft.text);
    if (at >= 0 && !draft.failed) texts.splice(at, 1);
    return at < 0 || draft.failed;
  });
}

const CLOCKS_APART_MS = 60_000; // of phone and server, at most, for what stands above
