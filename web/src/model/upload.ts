/** A photo on its way: to the store, through the darkroom, into a post. */

import { type Signal, signal } from "@preact/signals";
import { Refusal } from "../client/core.ts";
import type { Rest, UploadAddress } from "../client/rest.ts";
import type { Word } from "../client/session.ts";
import type { Client } from "../client/socket.ts";
import { textOf } from "./post.ts";

export type Status = "uploading" | "processing" | "ready" | "failed" | "gone";

export interface Progress {
  status: Status;
  percent: number; // of what it is at: the way to the store, or the darkroom
  text: string; // what went wrong, or why it takes longer
}

interface Moved extends Word {
  status: Status;
  percent: number;
  text: string;
}

const ATTEMPTS = 4;
const PAUSE_MS = 1_000;
const SILENT_FOR_MS = 30_000;

export class Upload {
  readonly file: File;
  readonly preview: string;
  readonly progress: Signal<Progress> = signal({ status: "uploading", percent: 0, text: "" });
  id = "";
  private readonly rest: Rest;
  private readonly client: Client;
  private key = crypto.randomUUID();
  private request: XMLHttpRequest | null = null;
  private isDropped = false;

  constructor(file: File, rest: Rest, client: Client) {
    this.file = file;
    this.rest = rest;
    this.client = client;
    this.preview = URL.createObjectURL(file);
    void this.send();
  }

  /** From the beginning; a photo that was refused has to be another upload. */
  retry(): void {
    if (this.progress.peek().status !== "failed") return;
    this.unwatch();
    this.key = crypto.randomUUID();
    void this.send();
  }

  /** Nobody wants it any more; what came of it is swept by the server. */
  drop(): void {
    this.isDropped = true;
    this.request?.abort();
    this.unwatch();
    URL.revokeObjectURL(this.preview);
  }

  private is(status: Status, percent: number, text = ""): void {
    this.progress.value = { status, percent, text };
  }

  private async send(): Promise<void> {
    this.is("uploading", 0);
    for (let attempt = 1; !this.isDropped; attempt++) {
      try {
        const address = await this.rest.uploadAddress(declared(this.file), this.key);
        this.id = address.upload_id;
        await this.put(address);
        if (this.progress.peek().status === "uploading") this.is("processing", 0);
        this.watch();
        return;
      } catch (error) {
        if (this.isDropped) return;
        const mayPass = !(error instanceof Refusal) || error.retry;
        if (!mayPass || attempt === ATTEMPTS) return this.is("failed", 0, textOf(error));
        await new Promise((done) => setTimeout(done, PAUSE_MS * 2 ** attempt * (0.5 + Math.random())));
      }
    }
  }

  private put(address: UploadAddress): Promise<void> {
    const request = (this.request = new XMLHttpRequest());
    return new Promise<void>((done, fail) => {
      let silence = setTimeout(() => request.abort(), SILENT_FOR_MS);
      const cut = () => fail(new Error("the connection was cut"));
      request.upload.onprogress = (event) => {
        clearTimeout(silence);
        silence = setTimeout(() => request.abort(), SILENT_FOR_MS);
        this.is("uploading", Math.floor((100 * event.loaded) / Math.max(1, event.total)));
      };
      request.onload = () => (request.status < 300 ? done() : fail(refusalOf(request)));
      request.onerror = request.onabort = cut;
      request.onloadend = () => clearTimeout(silence);
      request.open("PUT", address.upload_url);
      const kind = address.headers["Content-Type"] ?? "application/octet-stream";
      request.setRequestHeader("Content-Type", kind);
      request.send(this.file);
    });
  }

  private watch(): void {
    const heard = (word: Word) => {
      const { status, percent, text } = word as Moved;
      this.is(status, percent, text);
    };
    this.client.watch(
      `media:${this.id}`,
      { type: "media.view" },
      { snapshot: heard, pushed: heard, reset: () => undefined, closed: () => undefined },
    );
  }

  private unwatch(): void {
    if (this.id) this.client.unwatch(`media:${this.id}`);
  }
}

function declared(file: File): { content_type?: string; size_bytes: number } {
  const isKnown = /^image\/[a-z0-9.+-]{1,40}$/.test(file.type);
  return { ...(isKnown ? { content_type: file.type } : {}), size_bytes: file.size };
}

function refusalOf(request: XMLHttpRequest): Refusal {
  try {
    const problem = JSON.parse(request.responseText) as { code: string; detail: string; retry: boolean };
    return new Refusal(problem.code, problem.detail, problem.retry);
  } catch {
    return new Refusal(`http.${request.status}`, "the store did not take it", request.status >= 500);
  }
}
