/** The photos of a post that is being written, and of posts that wait for theirs. */

import { type Signal, signal } from "@preact/signals";
import { effect } from "@preact/signals";
import type { Post, Rest } from "../client/rest.ts";
import type { Client } from "../client/socket.ts";
import { Upload } from "./upload.ts";

export const PHOTOS = 10;

export interface Photo {
  upload: Upload;
  alt: string;
}

export class Album {
  readonly photos: Signal<Photo[]> = signal([]);
  /** Posts that appear when their photos are ready. */
  readonly waiting: Signal<{ post: string; uploads: Upload[] }[]> = signal([]);
  private readonly rest: Rest;
  private readonly client: Client;

  constructor(rest: Rest, client: Client) {
    this.rest = rest;
    this.client = client;
  }

  add(files: Iterable<File>): void {
    const room = PHOTOS - this.photos.peek().length;
    const added = [...files].slice(0, room).map((file) => ({
      upload: new Upload(file, this.rest, this.client),
      alt: "",
    }));
    this.photos.value = [...this.photos.peek(), ...added];
  }

  describe(photo: Photo, alt: string): void {
    this.photos.value = this.photos.peek().map((held) => (held === photo ? { ...held, alt } : held));
  }

  remove(photo: Photo): void {
    photo.upload.drop();
    this.photos.value = this.photos.peek().filter((held) => held !== photo);
  }

  /** Their post stands: it is there when they are ready, or never when one failed. */
  posted(post: Post, appeared: () => void, failed: (text: string) => void): void {
    const uploads = this.photos.peek().map((photo) => photo.upload);
    this.photos.value = [];
    const entry = { post: post.post_id, uploads };
    this.waiting.value = [...this.waiting.peek(), entry];
    const settled = () => {
      queueMicrotask(() => stop());
      this.waiting.value = this.waiting.peek().filter((held) => held !== entry);
      uploads.forEach((upload) => upload.drop());
    };
    const stop = effect(() => {
      const all = uploads.map((upload) => upload.progress.value);
      const lost = all.find((one) => one.status === "failed" || one.status === "gone");
      if (!lost && !all.every((one) => one.status === "ready")) return;
      queueMicrotask(settled);
      if (lost) failed(lost.text);
      else appeared();
    });
  }
}
