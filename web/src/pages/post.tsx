/** One post with its comments, as it moves. */

import { useEffect, useState } from "preact/hooks";
import { Refusal } from "../client/core.ts";
import type { PostView } from "../model/post.ts";
import { CommentField, Comments } from "../parts/comments.tsx";
import { useApp } from "../parts/here.ts";
import { Back } from "../parts/icons.tsx";
import { Waiting } from "../parts/list.tsx";
import { Nothing } from "../parts/nothing.tsx";
import { PostCard } from "../parts/post_card.tsx";
import { back } from "../router.ts";

export function PostPage({ id }: { id: string }) {
  const app = useApp();
  const [post, setPost] = useState<PostView | null>(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    app.post(id).then(setPost, (error: unknown) => {
      setFault(error instanceof Refusal && !error.retry ? "gone" : "later");
    });
  }, [app, id]);
  if (fault === "gone")
    return <Nothing title="This post is not there" text="It was deleted, or never was." />;
  if (fault) return <Nothing title="This post cannot be read just now" text="Try again in a moment." />;
  if (post === null) return <Waiting />;
  return <Opened post={post} />;
}

function Opened({ post }: { post: PostView }) {
  useEffect(() => post.look(), [post]);
  if (post.state.value.gone)
    return <Nothing title="This post was deleted" text="Just now, or a while ago." />;
  return (
    <>
      <button type="button" class="plain back" onClick={back}>
        <Back /> Back
      </button>
      <PostCard post={post} alone />
      <CommentField post={post} />
      <Comments post={post} />
    </>
  );
}
