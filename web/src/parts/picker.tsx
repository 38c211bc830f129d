/** Photos that are chosen for a post: how far each is, what to say of it, and a way to take it back. */

import { useRef } from "preact/hooks";
import { PHOTOS, type Photo } from "../model/album.ts";
import type { Upload } from "../model/upload.ts";
import { useApp } from "./here.ts";
import { Camera } from "./icons.tsx";

export function PickPhotos() {
  const { album } = useApp();
  const field = useRef<HTMLInputElement>(null);
  const isFull = album.photos.value.length >= PHOTOS;
  return (
    <>
      <button
        type="button"
        class="plain"
        title="Add photos"
        disabled={isFull}
        onClick={() => field.current?.click()}
      >
        <Camera />
      </button>
      <input
        ref={field}
        type="file"
        accept="image/*"
        multiple
        hidden
        aria-label="Choose photos"
        onChange={(event) => {
          album.add(event.currentTarget.files ?? []);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

export function PickedPhotos() {
  const { album } = useApp();
  const photos = album.photos.value;
  if (photos.length === 0) return null;
  return (
    <ul class="picked">
      {photos.map((photo) => (
        <Picked key={photo.upload.preview} photo={photo} />
      ))}
    </ul>
  );
}

function Picked({ photo }: { photo: Photo }) {
  const { album } = useApp();
  const { upload } = photo;
  const { status, text } = upload.progress.value;
  return (
    <li data-status={status}>
      <img src={upload.preview} alt={photo.alt} />
      <HowFar upload={upload} />
      {text && <small>{text}</small>}
      {status === "failed" && (
        <button type="button" onClick={() => upload.retry()}>
          Try again
        </button>
      )}
      <input
        value={photo.alt}
        maxLength={1_000}
        placeholder="Describe it"
        aria-label="Description of the photo"
        onInput={(event) => album.describe(photo, event.currentTarget.value)}
      />
      <button type="button" class="plain" onClick={() => album.remove(photo)}>
        Remove
      </button>
    </li>
  );
}

/** Posts that appear when their photos are ready. */
export function WaitingPosts() {
  const { album } = useApp();
  return (
    <>
      {album.waiting.value.map(({ post, uploads }) => (
        <div class="developing" key={post} role="status">
          <small>Your post appears when its photos are ready.</small>
          {uploads.map((upload) => (
            <HowFar key={upload.preview} upload={upload} />
          ))}
        </div>
      ))}
    </>
  );
}

function HowFar({ upload }: { upload: Upload }) {
  const { status, percent } = upload.progress.value;
  if (status === "failed" || status === "gone") return null;
  if (status === "ready") return <small>Ready</small>;
  return (
    <progress max={100} value={percent} aria-label={status === "uploading" ? "Uploading" : "Processing"} />
  );
}
