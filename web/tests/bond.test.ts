/** What I change between me and someone shows at once, and goes back where it fails. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../src/client/core.ts";
import type { Author, Deed, Relation, Rest } from "../src/client/rest.ts";
import { Bond } from "../src/model/bond.ts";
import { CircleList } from "../src/model/circle.ts";

const STRANGERS: Relation = {
  user_id: "bob",
  following: false,
  requested: false,
  follows_you: true,
  requests_you: false,
  close_friend: false,
  blocked: false,
  muted: false,
  muted_until: null,
};

class LittleRest {
  said: string[] = [];
  fails = false;

  async relation(): Promise<Relation> {
    return STRANGERS;
  }

  async relate(user: string, deed: Deed, on: boolean): Promise<Relation> {
    this.said.push(`${on ? "do" : "undo"} ${deed} ${user}`);
    if (this.fails) throw new Refusal("user.list_full", "this list is full");
    return { ...STRANGERS, muted: deed === "mute" && on, blocked: deed === "block" && on };
  }

  async circle(): Promise<{ users: Author[]; next_cursor: string | null }> {
    const named = (name: string) => ({ user_id: name, username: name, profile_pic: null });
    return { users: [named("bob"), named("cyd")], next_cursor: null };
  }
}

function little(): { rest: LittleRest; complaints: string[]; complain: (text: string) => void } {
  const complaints: string[] = [];
  return { rest: new LittleRest(), complaints, complain: (text) => complaints.push(text) };
}

test("a change shows before it is answered", async () => {
  const { rest, complain } = little();
  const bond = new Bond(rest as unknown as Rest, "bob", complain);
  await bond.read();
  const changed = bond.change("mute", true);
  assert.equal(bond.relation.value?.muted, true);
  assert.equal(await changed, true);
  assert.deepEqual(rest.said, ["do mute bob"]);
});

test("a change that is refused goes back and is told of", async () => {
  const { rest, complaints, complain } = little();
  const bond = new Bond(rest as unknown as Rest, "bob", complain);
  await bond.read();
  rest.fails = true;
  assert.equal(await bond.change("block", true), false);
  assert.equal(bond.relation.value?.blocked, false);
  assert.equal(bond.relation.value?.follows_you, true);
  assert.equal(complaints.length, 1);
});

test("nothing is changed before it is known how the two stand", async () => {
  const { rest, complain } = little();
  const bond = new Bond(rest as unknown as Rest, "bob", complain);
  assert.equal(await bond.change("block", true), false);
  assert.deepEqual(rest.said, []);
});

test("who is taken off a list comes back where that fails", async () => {
  const { rest, complain } = little();
  const list = new CircleList(rest as unknown as Rest, "blocked", complain);
  await list.refresh();
  const [bob] = list.people.value;
  await list.settle(bob!);
  assert.deepEqual(
    list.people.value.map((person) => person.user_id),
    ["cyd"],
  );
  rest.fails = true;
  await list.settle(list.people.value[0]!);
  assert.equal(list.people.value.length, 1);
  assert.deepEqual(rest.said, ["undo block bob", "undo block cyd"]);
});
