/** The photos of a post, side by side; until one is here, its colour stands in its place. */

import { useRef, useState } from "preact/hooks";
import type { Media } from "../client/rest.ts";
import type { PostView } from "../model/post.ts";
import { useApp } from "./here.ts";
import { colourOf } from "./thumbhash.ts";

const SIZES = "(max-width: 640px) 100vw, 600px";
const TALLEST = 1.25; // of the width: a feed goes on below a photo

export function Carousel({ post }: { post: PostView }) {
  const media = post.state.value.media;
  const row = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);
  if (media.length === 0) return null;
  const turn = (by: number) => {
    const width = row.current?.clientWidth ?? 0;
    row.current?.scrollTo({ left: (at + by) * width });
  };
  return (
    <div class="carousel">
      <div
        class="reel"
        ref={row}
        onScroll={(event) => {
          const { scrollLeft, clientWidth } = event.currentTarget;
          setAt(Math.round(scrollLeft / Math.max(1, clientWidth)));
        }}
      >
        {media.map((photo) => (
          <Picture key={photo.id} photo={photo} first={media[0]!} post={post} />
        ))}
      </div>
      {media.length > 1 && (
        <nav aria-label="Photos">
          <button type="button" aria-label="Photo before" disabled={at === 0} onClick={() => turn(-1)}>
            ‹
          </button>
          <small>
            {at + 1} / {media.length}
          </small>
          <button
            type="button"
            aria-label="Next photo"
            disabled={at === media.length - 1}
            onClick={() => turn(1)}
          >
            ›
          </button>
        </nav>
      )}
    </div>
  );
}

function Picture({ photo, first, post }: { photo: Media; first: Media; post: PostView }) {
  const app = useApp();
  const [isHere, setHere] = useState(false);
  const ratio = Math.max(1 / TALLEST, (first.width ?? 1) / (first.height ?? 1));
  return (
    <figure
      class={isHere ? "here" : ""}
      style={{ aspectRatio: String(ratio), backgroundColor: colourOf(photo.thumbhash) }}
    >
      {photo.url !== null && (
        <img
          src={photo.url}
          srcset={photo.sizes.map((size) => `${size.url} ${size.width}w`).join(", ")}
          sizes={SIZES}
          alt={photo.alt_text}
          loading="lazy"
          decoding="async"
          onLoad={() => setHere(true)}
          onError={() => void app.refreshMedia(post)}
        />
      )}
    </figure>
  );
}
