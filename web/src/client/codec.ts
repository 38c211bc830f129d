/** Frames: a message, or a list of them, as msgpack. */

import { decode, encode } from "@msgpack/msgpack";
import { BATCH_LIMIT, FRAME_LIMIT_BYTES, type GatewayMessage, type PhoneMessage } from "./session.ts";

const LIST_HEAD_BYTES = 5;

/** As few frames as the bounds allow. */
export function framesOf(messages: readonly PhoneMessage[]): Uint8Array<ArrayBuffer>[] {
  const frames: Uint8Array<ArrayBuffer>[] = [];
  let batch: PhoneMessage[] = [];
  let size = LIST_HEAD_BYTES;
  const close = () => {
    if (batch.length) frames.push(encode(batch.length === 1 ? batch[0] : batch));
    batch = [];
    size = LIST_HEAD_BYTES;
  };
  for (const message of messages) {
    const bytes = encode(message).length;
    if (batch.length === BATCH_LIMIT || size + bytes > FRAME_LIMIT_BYTES) close();
    batch.push(message);
    size += bytes;
  }
  close();
  return frames;
}

/** The messages of a frame. */
export function messagesOf(frame: ArrayBuffer): GatewayMessage[] {
  const found = decode(new Uint8Array(frame));
  return (Array.isArray(found) ? found : [found]) as GatewayMessage[];
}
