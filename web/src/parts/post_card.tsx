/** A post, in a list or by itself. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { PostView } from "../model/post.ts";
import { AUDIENCES } from "./audience.ts";
import { Avatar } from "./avatar.tsx";
import { Caption } from "./caption.tsx";
import { Carousel } from "./carousel.tsx";
import { counted, named } from "./count.ts";
import { useApp } from "./here.ts";
import { Bin, Bubble, Eye, Heart } from "./icons.tsx";
import { Moment } from "./moment.tsx";
import { useNear } from "./near.ts";

export function PostCard({ post, alone = false }: { post: PostView; alone?: boolean }) {
  const card = useRef<HTMLElement>(null);
  const near = useNear(card);
  useEffect(() => (near && !alone ? post.show() : undefined), [near, alone, post]);
  const state = post.state.value;
  if (state.gone) return alone ? null : <article class="post gone">This post was deleted.</article>;
  return (
    <article class="post" ref={card} data-post={state.id}>
      <Head post={post} />
      <Carousel post={post} />
      {state.caption !== "" && (
        <p class={state.caption.length < 120 ? "caption short" : "caption"}>
          <Caption text={state.caption} />
        </p>
      )}
      <Actions post={post} alone={alone} />
    </article>
  );
}

function Head({ post }: { post: PostView }) {
  const app = useApp();
  const { author, createdAt, location, audience } = post.state.value;
  const name = app.people.name(author).value;
  return (
    <header>
      <a href={`/@${name}`}>
        <Avatar id={author} name={name} />
      </a>
      <div>
        <a href={`/@${name}`} class="name">
          {name || "…"}
        </a>
        <small>
          <a href={`/p/${post.id}`}>
            <Moment at={createdAt} />
          </a>
          {location ? ` · ${location}` : ""}
          {audience === "public" ? "" : ` · ${AUDIENCES[audience]}`}
        </small>
      </div>
      {author === app.me.value?.id && <Delete post={post} />}
    </header>
  );
}

function Delete({ post }: { post: PostView }) {
  const [sure, setSure] = useState(false);
  if (!sure) {
    return (
      <button type="button" class="plain" title="Delete" onClick={() => setSure(true)}>
        <Bin />
      </button>
    );
  }
  return (
    <span class="sure">
      <button type="button" class="danger" onClick={() => void post.delete()}>
        Delete
      </button>
      <button type="button" class="plain" onClick={() => setSure(false)}>
        Keep
      </button>
    </span>
  );
}

function Actions({ post, alone }: { post: PostView; alone: boolean }) {
  const { commentCount, viewers } = post.state.value;
  const liked = post.isLiked.value;
  const likes = post.likes.value;
  return (
    <footer>
      <button
        type="button"
        class={liked ? "like on" : "like"}
        aria-pressed={liked}
        aria-label={liked ? "Unlike" : "Like"}
        onClick={() => post.like()}
      >
        <Heart filled={liked} />
        <span data-count="likes">{counted(likes)}</span>
      </button>
      <a href={`/p/${post.id}`} class="to-comments" aria-label={named(commentCount, "comment")}>
        <Bubble />
        <span data-count="comments">{counted(commentCount)}</span>
      </a>
      {alone && viewers > 0 && (
        <span class="viewers" title={`${named(viewers, "person", "people")} here now`}>
          <Eye />
          <span data-count="viewers">{counted(viewers)}</span>
        </span>
      )}
    </footer>
  );
}
