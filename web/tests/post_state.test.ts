import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommentPage, CommentRow, PostCard, PostNews } from "../src/client/nouns.ts";
import * as states from "../src/model/post_state.ts";
import { dice } from "./little_gateway.ts";

const POST = "0123456789abcdef";

function card(likes = 0, liked = false, comments = 0): PostCard {
  return {
    type: "post.card",
    post_id: POST,
    author_id: "ann",
    caption: "The sea",
    location: null,
    audience: "public",
    like_count: likes,
    comment_count: comments,
    liked_by_viewer: liked,
    created_at: 5,
  };
}

function row(n: number, by = "bob", text = `text ${n}`): CommentRow {
  return [`c${n}`, by, text, n, null];
}

function page(rows: CommentRow[], before: string | null = null): CommentPage {
  return { type: "post.comments", comments: rows, comment_count: rows.length, before };
}

function shown(likes: number, liked: boolean): states.PostState {
  return states.withCard(states.blank(POST), card(likes, liked));
}

function ids(state: states.PostState): string[] {
  return state.comments.map((comment) => comment.id);
}

test("a like counts at once, and once", () => {
  let state = states.tapped(shown(10, false));
  assert.deepEqual([states.isLiked(state), states.likesShown(state)], [true, 11]);
  state = states.told(state, { type: "post.likes_changed", like_count: 11 }); // it is the own one
  assert.equal(states.likesShown(state), 11);
  state = states.confirmed(state, true, 11);
  assert.deepEqual([state.wish, states.isLiked(state), states.likesShown(state)], [null, true, 11]);
});

test("others go on liking while the own like is on its way", () => {
  let state = states.tapped(shown(10, false));
  state = states.told(state, { type: "post.likes_changed", like_count: 15 });
  assert.equal(states.likesShown(state), 15);
  assert.equal(states.likesShown(states.confirmed(state, true, 15)), 15);
});

test("a like that is refused goes back", () => {
  const state = states.rolledBack(states.tapped(shown(10, false)));
  assert.deepEqual([states.isLiked(state), states.likesShown(state)], [false, 10]);
});

test("quick taps end as the last one meant it", () => {
  let state = states.tapped(states.tapped(shown(10, false)));
  assert.deepEqual([states.isLiked(state), states.likesShown(state)], [false, 10]);
  state = states.confirmed(states.tapped(shown(10, false)), true, 11);
  state = states.tapped(state);
  assert.deepEqual([states.isLiked(state), states.likesShown(state)], [false, 10]);
  state = states.confirmed(state, true, 11); // what was asked first
  assert.deepEqual([state.wish, states.isLiked(state)], [false, false]);
});

test("a comment stands once, whichever of answer and push comes first", () => {
  const pushed: PostNews = { type: "post.comment_added", comment: row(1), comment_count: 1 };
  const state = states.withComment(states.told(shown(0, false), pushed), row(1));
  assert.deepEqual([ids(state), state.commentCount], [["c1"], 1]);
  assert.deepEqual(ids(states.told(states.withComment(shown(0, false), row(1)), pushed)), ["c1"]);
});

test("a comment that was removed does not come back with a page that was read before", () => {
  let state = states.told(shown(0, false), { type: "post.comment_removed", comment: "c1", comment_count: 1 });
  state = states.withNewest(state, page([row(2), row(1)]));
  assert.deepEqual(ids(state), ["c2"]);
});

test("a page that was read stands below what was pushed meanwhile", () => {
  const pushed: PostNews = { type: "post.comment_added", comment: row(3), comment_count: 3 };
  const state = states.withNewest(states.told(shown(0, false), pushed), page([row(2), row(1)], "c1"));
  assert.deepEqual([ids(state), state.older, state.isRead], [["c3", "c2", "c1"], "c1", true]);
  assert.deepEqual(ids(states.withOlder(state, page([row(1), row(0)]))), ["c3", "c2", "c1", "c0"]);
});

test("who has commented writes no more", () => {
  let state = states.told(shown(0, false), { type: "post.typists_changed", users: ["bob", "cid"], count: 2 });
  state = states.told(state, { type: "post.comment_added", comment: row(1), comment_count: 1 });
  assert.deepEqual([state.typists, state.typistCount], [["cid"], 1]);
});

test("a draft is shown until its comment is, and a failed one until it is sent again", () => {
  const draft = { call: "k", text: "text 1", at: 1, failed: false };
  let state = states.withDraft(shown(0, false), draft);
  assert.deepEqual(states.draftsShown(state, "bob"), [draft]);
  state = states.told(state, { type: "post.comment_added", comment: row(1), comment_count: 1 });
  assert.deepEqual(states.draftsShown(state, "bob"), []);
  assert.deepEqual(states.draftsShown(state, "eve"), [draft]);
  const failed = states.withDraft(state, { ...draft, failed: true });
  assert.equal(states.draftsShown(failed, "bob").length, 1);
  assert.deepEqual(states.withoutDraft(failed, "k").drafts, []);
});

test("not more comments are held than one reads; older ones are read again", () => {
  let state = states.withNewest(shown(0, false), page([]));
  for (let n = 0; n < 400; n++) state = states.withComment(state, row(n));
  assert.deepEqual([state.comments.length, state.older], [300, "c100"]);
});

test("a snapshot and all pushes since are what a fresh read shows", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = dice(seed);
    const held: CommentRow[] = [];
    let made = 0;
    let likes = 0;
    let state = states.blank(POST);
    const change = (): PostNews => {
      const roll = random();
      if (roll < 0.3) return { type: "post.likes_changed", like_count: ++likes };
      if (roll < 0.8 || held.length === 0) {
        held.unshift(row(++made));
        return { type: "post.comment_added", comment: held[0]!, comment_count: held.length };
      }
      const [gone] = held.splice(Math.floor(random() * held.length), 1);
      return { type: "post.comment_removed", comment: gone![0], comment_count: held.length };
    };
    for (let n = 0; n < 10; n++) change();
    state = states.withCard(state, card(likes, false, held.length));
    const late: PostNews[] = [];
    let read: CommentPage | null = null;
    for (let n = 0; n < 30; n++) {
      if (n === 7) read = page([...held]);
      late.push(change());
      if (random() < 0.5) for (const news of late.splice(0)) state = states.told(state, news);
      if (n > 7 && read && late.length === 0) {
        state = states.withNewest(state, read);
        read = null;
      }
    }
    for (const news of late) state = states.told(state, news);
    if (read) state = states.withNewest(state, read);
    assert.deepEqual(
      ids(state),
      held.map(([id]) => id),
      `seed ${seed}`,
    );
    assert.deepEqual([state.likes, state.commentCount], [likes, held.length], `seed ${seed}`);
  }
});
