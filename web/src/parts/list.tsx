/** Posts, newest first; older ones are read as one comes near their end. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { PostList } from "../model/feed.ts";
import { useNear } from "./near.ts";
import { Nothing } from "./nothing.tsx";
import { PostCard } from "./post_card.tsx";

export function Posts({ list, empty }: { list: PostList; empty: ComponentChildren }) {
  const posts = list.posts.value;
  const state = list.state.value;
  if (state === "failed") {
    return (
      <Nothing title="This cannot be read just now" text="Manta keeps trying when you come back.">
        <button type="button" onClick={() => void list.refresh()}>
          Try again
        </button>
      </Nothing>
    );
  }
  if (state !== "read" && posts.length === 0) return <Waiting />;
  if (posts.length === 0) return <>{empty}</>;
  return (
    <>
      {posts.map((post) => (
        <PostCard key={post.id} post={post} />
      ))}
      {list.hasMore.value && <End list={list} />}
    </>
  );
}

function End({ list }: { list: PostList }) {
  const end = useRef<HTMLDivElement>(null);
  const near = useNear(end);
  const count = list.posts.value.length;
  useEffect(() => {
    if (near) void list.readOlder();
  }, [near, count, list]);
  return <div ref={end} class="waiting" aria-hidden="true" />;
}

/** The shape of what is to come. */
export function Waiting() {
  return (
    <div aria-busy="true" aria-label="Loading">
      <div class="post waiting" />
      <div class="post waiting" />
    </div>
  );
}
