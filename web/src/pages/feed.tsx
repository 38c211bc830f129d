/** What those whom I follow share, newest first. */

import { useState } from "preact/hooks";
import type { Audience } from "../client/rest.ts";
import { textOf } from "../model/post.ts";
import { AUDIENCES } from "../parts/audience.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useApp } from "../parts/here.ts";
import { Posts } from "../parts/list.tsx";
import { Nothing } from "../parts/nothing.tsx";
import { PickedPhotos, PickPhotos, WaitingPosts } from "../parts/picker.tsx";

const CHARACTERS = 2_200;

export function FeedPage() {
  const app = useApp();
  return (
    <>
      <Composer />
      <WaitingPosts />
      <Posts
        list={app.feed}
        empty={
          <Nothing
            title="Your feed is quiet"
            text="Follow someone, and what they share appears here as they share it."
          >
            <a class="button" href="/people">
              Find people
            </a>
          </Nothing>
        }
      />
    </>
  );
}

/** A new post; sent again under the same key until it is known to stand. */
function Composer() {
  const app = useApp();
  const me = app.me.value!;
  const [text, setText] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [busy, setBusy] = useState(false);
  const [audience, setAudience] = useState<Audience>("public");
  const photos = app.album.photos.value;
  const areHere = photos.every(({ upload }) => /processing|ready/.test(upload.progress.value.status));
  const isEmpty = text.trim() === "" && photos.length === 0;
  const publish = async (event: Event) => {
    event.preventDefault();
    if (isEmpty || !areHere || busy) return;
    setBusy(true);
    try {
      await app.publish(text.trim(), audience, key);
      setText("");
      setKey(crypto.randomUUID());
    } catch (error) {
      app.complain(`Not posted yet: ${textOf(error)}`);
    }
    setBusy(false);
  };
  return (
    <form class="composer" onSubmit={publish}>
      <Avatar id={me.id} name={me.username} />
      <textarea
        value={text}
        rows={1}
        maxLength={CHARACTERS}
        placeholder="Share something"
        aria-label="Share something"
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <PickPhotos />
      <button type="submit" disabled={isEmpty || !areHere || busy}>
        {busy ? "Posting …" : "Post"}
      </button>
      <PickedPhotos />
      {!isEmpty && (
        <select
          aria-label="Who may see it"
          value={audience}
          onChange={(event) => setAudience(event.currentTarget.value as Audience)}
        >
          {Object.entries(AUDIENCES).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      )}
    </form>
  );
}
