/** Who may shows at once and goes back where it fails; who is here is shown while I look. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReachState } from "../src/client/nouns.ts";
import type { Word } from "../src/client/session.ts";
import type { Ear } from "../src/client/topic.ts";
import { Presence } from "../src/model/presence.ts";
import { Reach } from "../src/model/reach.ts";

const EVERYONE: ReachState = {
  type: "user.reach",
  comment: "everyone",
  mention: "everyone",
  message: "everyone",
  activity: "everyone",
  at: 0,
};

class LittleClient {
  user = "ann";
  fails = false;
  said: Word[] = [];
  ears = new Map<string, Ear>();

  async ask<R extends Word>(to: string, command: Word): Promise<R> {
    assert.equal(to, "user:ann");
    this.said.push(command);
    if (this.fails) throw new Error("no");
    return { ...EVERYONE, ...command, type: "user.reach" } as unknown as R;
  }

  watch(topic: string, _command: Word, ear: Ear): void {
    this.ears.set(topic, ear);
  }

  unwatch(topic: string): void {
    this.ears.delete(topic);
  }
}

test("who may comment is said alone, and shows at once", async () => {
  const client = new LittleClient();
  const reach = new Reach(client, () => assert.fail("nothing went wrong"));
  await reach.read();
  const said = reach.let("comment", "mutuals");
  assert.equal(reach.now.value?.comment, "mutuals");
  await said;
  assert.deepEqual(client.said.at(-1), { type: "user.set_reach", comment: "mutuals" });
  assert.equal(reach.now.value?.comment, "mutuals");
});

test("what was refused goes back, and is said", async () => {
  const client = new LittleClient();
  const heard: string[] = [];
  const reach = new Reach(client, (text) => heard.push(text));
  await reach.read();
  client.fails = true;
  await reach.let("activity", "nobody");
  assert.equal(reach.now.value?.activity, "everyone");
  assert.equal(heard.length, 1);
});

test("who is here is shown while I look, and nothing of those who hide it", () => {
  const client = new LittleClient();
  const presence = new Presence(client, "bob");
  const end = presence.show();
  const ear = client.ears.get("user:bob/presence")!;
  ear.snapshot({ type: "user.presence", user_id: "bob", online: true, last_seen: null } as Word);
  assert.equal(presence.online.value, true);
  ear.pushed({ type: "user.presence_changed", online: false, last_seen: 5 } as Word);
  assert.deepEqual([presence.online.value, presence.lastSeen.value], [false, 5]);
  ear.closed("presence.private", "hidden");
  assert.deepEqual([presence.online.value, presence.lastSeen.value], [null, null]);
  end();
  assert.equal(client.ears.size, 0);
});
