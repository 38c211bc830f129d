/** The comments of a post, who is writing one, and the field to write in. */

import { useRef, useState } from "preact/hooks";
import { type Comment, type Draft, draftsShown } from "../model/post_state.ts";
import type { PostView } from "../model/post.ts";
import { Avatar } from "./avatar.tsx";
import { Caption } from "./caption.tsx";
import { useApp } from "./here.ts";
import { Bin, Send } from "./icons.tsx";
import { Moment } from "./moment.tsx";

const CHARACTERS = 1_000;

export function Comments({ post }: { post: PostView }) {
  const me = useApp().me.value!;
  const state = post.state.value;
  const mayDelete = (comment: Comment) => me.id === comment.by || me.id === state.author;
  return (
    <section class="comments" aria-label="Comments">
      <Typing post={post} />
      {draftsShown(state, me.id).map((draft) => (
        <OnItsWay key={draft.call} post={post} draft={draft} />
      ))}
      {state.comments.map((comment) => (
        <Line key={comment.id} comment={comment}>
          {mayDelete(comment) && (
            <button
              type="button"
              class="plain"
              title="Delete this comment"
              onClick={() => void post.deleteComment(comment.id)}
            >
              <Bin />
            </button>
          )}
        </Line>
      ))}
      {state.isRead && state.comments.length === 0 && (
        <p class="quiet centred">No comment yet. Say something kind.</p>
      )}
      {state.older !== null && (
        <button type="button" class="plain more" onClick={() => void post.readOlder()}>
          Older comments
        </button>
      )}
    </section>
  );
}

function Line({ comment, children }: { comment: Comment; children: preact.ComponentChildren }) {
  const name = useApp().people.name(comment.by).value;
  return (
    <div class="comment" data-comment={comment.id}>
      <Avatar id={comment.by} name={name} />
      <div>
        <a href={`/@${name}`} class="name">
          {name || "…"}
        </a>{" "}
        <Caption text={comment.text} />
        <small>
          <Moment at={comment.at} />
        </small>
      </div>
      {children}
    </div>
  );
}

function OnItsWay({ post, draft }: { post: PostView; draft: Draft }) {
  const me = useApp().me.value!;
  return (
    <div class={draft.failed ? "comment failed" : "comment pending"}>
      <Avatar id={me.id} name={me.username} />
      <div>
        <b class="name">{me.username}</b> {draft.text}
        <small>{draft.failed ? "Not sent" : "Sending …"}</small>
      </div>
      {draft.failed && (
        <>
          <button type="button" onClick={() => void post.comment(draft.text, draft.call)}>
            Send again
          </button>
          <button type="button" class="plain" title="Discard" onClick={() => post.discard(draft.call)}>
            <Bin />
          </button>
        </>
      )}
    </div>
  );
}

/** Who is writing: others only. */
function Typing({ post }: { post: PostView }) {
  const app = useApp();
  const { typists, typistCount } = post.state.value;
  const others = typists.filter((user) => user !== app.me.value?.id);
  const count = typistCount - (typists.length - others.length);
  if (others.length === 0) return null;
  const names = others.map((user) => app.people.name(user).value || "someone");
  const more = count > names.length ? ` and ${count - names.length} more` : "";
  return (
    <p class="typing" role="status">
      <span class="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {names.join(", ")}
      {more} {count === 1 ? "is" : "are"} writing
    </p>
  );
}

export function CommentField({ post }: { post: PostView }) {
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const send = (event: Event) => {
    event.preventDefault();
    if (text.trim() === "") return;
    void post.comment(text.trim());
    setText("");
    field.current?.focus();
  };
  return (
    <form class="say" onSubmit={send}>
      <input
        ref={field}
        value={text}
        maxLength={CHARACTERS}
        placeholder="Add a comment"
        aria-label="Add a comment"
        autocomplete="off"
        enterkeyhint="send"
        onInput={(event) => {
          setText(event.currentTarget.value);
          post.typed(event.currentTarget.value);
        }}
        onBlur={() => post.stopTyping()}
      />
      <button type="submit" disabled={text.trim() === ""} aria-label="Send">
        <Send />
      </button>
    </form>
  );
}
