import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { Rest } from "../src/client/rest.ts";
import type { TokenKeeper } from "../src/client/tokens.ts";

type Answer = [status: number, body: unknown];

const problem = (code: string, retry: boolean) => ({ code, detail: code, retry });
let server: Server;
let answers: Answer[] = [];
let heard: { method?: string; url?: string; token?: string; key?: string }[] = [];

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { authorization, "idempotency-key": key } = request.headers;
  const { method, url } = request;
  heard.push({ method, url, token: authorization, key: key as string | undefined });
  const [status, body] = answers.shift()!;
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}

before(async () => {
  server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
after(() => server.close());
beforeEach(() => {
  heard = [];
});

function rest(): Rest {
  const made = new Rest(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => undefined);
  made.tokens = { access: async (spent = "") => (spent ? "fresh" : "held") } as unknown as TokenKeeper;
  return made;
}

test("what may pass is tried again under the same key", async () => {
  answers = [
    [503, problem("unavailable", true)],
    [429, problem("too_fast", true)],
    [201, { post_id: "1" }],
  ];
  assert.equal((await rest().publish("The sea", "public", "k1")).post_id, "1");
  assert.deepEqual(
    heard.map((request) => request.key),
    ["k1", "k1", "k1"],
  );
});

test("what will not pass is told at once", async () => {
  answers = [[404, problem("post.unknown", false)]];
  await assert.rejects(rest().post("1"), { code: "post.unknown", retry: false });
  assert.equal(heard.length, 1);
});

test("a token that is over is renewed once", async () => {
  answers = [
    [401, problem("token.expired", false)],
    [200, { posts: [] }],
  ];
  await rest().feed(null);
  assert.deepEqual(
    heard.map((request) => request.token),
    ["Bearer held", "Bearer fresh"],
  );
  answers = [
    [401, problem("token.expired", false)],
    [401, problem("token.expired", false)],
  ];
  await assert.rejects(rest().feed("abc"), { code: "token.expired" });
  assert.equal(heard.at(-1)?.url, "/api/feed?cursor=abc");
});

test("who comes in shows no token, and reads have no key", async () => {
  answers = [
    [200, { user_id: "ann" }],
    [200, { posts: [] }],
  ];
  await rest().login("ann", "correct horse");
  await rest().postsOf("ann", null);
  assert.deepEqual([heard[0]!.token, heard[1]!.key], [undefined, undefined]);
});
