import assert from "node:assert/strict";
import { test } from "node:test";
import type { Refusal } from "../src/client/core.ts";
import { ASK_WITHIN_MS, STEADY_MS, WINDOW } from "../src/client/core.ts";
import type { GatewayMessage, Word } from "../src/client/session.ts";
import { dice, type ItemAdded, LittleGateway, ListView, Phone } from "./little_gateway.ts";

const READ = { type: "list.read" };

function add(item: string): ItemAdded {
  return { type: "list.added", item };
}

/** A push comes twice, or not at all. */
function disturb(down: GatewayMessage[], random: () => number): void {
  const at = down.findIndex((message) => message.type === "push");
  if (at >= 0) down.splice(at, 1, ...(random() < 0.5 ? [] : [down[at]!, down[at]!]));
}

class Answer {
  reply: Word | null = null;
  refusal: Refusal | null = null;
}

function ask(phone: Phone, to: string, item: string, id = phone.newId()): Answer {
  const answer = new Answer();
  phone.core.ask({
    id,
    to,
    command: add(item),
    answered: (reply) => {
      answer.reply = reply;
    },
    failed: (refusal) => {
      answer.refusal = refusal;
    },
    untilMs: phone.nowMs + ASK_WITHIN_MS,
  });
  return answer;
}

function connected(): Phone {
  const phone = new Phone(new LittleGateway());
  phone.core.start(phone.nowMs);
  phone.settle();
  return phone;
}

test("what is asked before the session stands is answered once it does", () => {
  const phone = new Phone(new LittleGateway());
  const answer = ask(phone, "list:1", "a");
  phone.core.start(phone.nowMs);
  phone.settle();
  assert.equal(phone.core.standing, "standing");
  assert.deepEqual(answer.reply, { type: "list.items", items: ["a"] });
});

test("what was asked when the line broke is asked again under the same id", () => {
  const phone = connected();
  const answer = ask(phone, "list:1", "a");
  phone.speak();
  phone.cut(); // the answer is lost
  assert.equal(answer.reply, null);
  phone.pass(1_000);
  assert.deepEqual(phone.gateway.lists.get("list:1"), ["a"]);
  assert.deepEqual(answer.reply, { type: "list.items", items: ["a"] });
});

test("an ask that nobody answers fails in the end", () => {
  const phone = connected();
  phone.reachable = false;
  phone.cut();
  const answer = ask(phone, "list:1", "a");
  phone.pass(ASK_WITHIN_MS);
  assert.equal(answer.refusal?.code, "unknown");
});

test("a refusal that may pass is tried again, one for good is told", () => {
  const phone = connected();
  let refusals = 2;
  phone.gateway.refuse = (message): GatewayMessage | null => {
    if (message.type !== "ask" || refusals-- <= 0) return null;
    return { type: "error", id: message.id, code: "overloaded", text: "", retry: true, after_s: 1 };
  };
  const answer = ask(phone, "list:1", "a");
  phone.pass(10_000);
  assert.deepEqual(answer.reply, { type: "list.items", items: ["a"] });
  phone.gateway.refuse = (message) => {
    if (message.type !== "ask") return null;
    return { type: "error", id: message.id, code: "post.gone", text: "gone", retry: false, after_s: 0 };
  };
  const refused = ask(phone, "list:1", "b");
  phone.settle();
  assert.equal(refused.refusal?.code, "post.gone");
});

test("a topic is a snapshot and what was pushed since", () => {
  const phone = connected();
  phone.gateway.add("list:1", "a");
  const view = new ListView();
  phone.core.watch("list:1", READ, view);
  phone.settle();
  phone.gateway.add("list:1", "b");
  phone.settle();
  assert.deepEqual(view.items, ["a", "b"]);
});

test("a topic goes on after a cut where it stood", () => {
  const phone = connected();
  const view = new ListView();
  phone.core.watch("list:1", READ, view);
  phone.settle();
  phone.cut();
  for (const item of "abcdef") phone.gateway.add("list:1", item);
  phone.pass(1_000);
  assert.deepEqual([view.items, view.resets], [[..."abcdef"], 0]);
  const again = phone.gateway.said.filter((message) => message.type === "watch").at(-1);
  assert.deepEqual(again?.type === "watch" && again.since, ["e1", 0]);
});

test("a topic whose past is gone starts afresh and says so", () => {
  const phone = connected();
  const view = new ListView();
  phone.core.watch("list:1", READ, view);
  phone.settle();
  phone.cut();
  for (let n = 0; n < 20; n++) phone.gateway.add("list:1", `${n}`);
  phone.pass(1_000);
  assert.deepEqual([view.items.length, view.resets], [20, 1]);
});

test("a gap in the pushes is filled by watching again", () => {
  const phone = connected();
  const view = new ListView();
  phone.core.watch("list:1", READ, view);
  phone.settle();
  phone.gateway.add("list:1", "a");
  phone.line!.down.splice(0);
  phone.gateway.add("list:1", "b");
  phone.settle();
  assert.deepEqual(view.items, ["a", "b"]);
});

test("what a gateway lost on its own way is read afresh", () => {
  const phone = connected();
  const view = new ListView();
  phone.core.watch("list:1", READ, view);
  phone.settle();
  phone.gateway.lists.set("list:1", ["x"]);
  phone.line!.toPhone({
    type: "watched",
    id: "",
    topic: "list:1",
    epoch: "e1",
    number: 1,
    snapshot: null,
    missed: [],
    reset: "history",
  });
  phone.settle();
  assert.deepEqual([view.items, view.resets], [["x"], 1]);
});

test("a topic that is taken away is closed, unless it may be watched again", () => {
  const phone = connected();
  const view = new ListView();
  phone.core.watch("list:1", READ, view);
  phone.settle();
  phone.line!.toPhone({ type: "unwatched", topic: "list:1", code: "watch.again", text: "" });
  phone.settle();
  assert.equal(view.ended, "");
  phone.line!.toPhone({ type: "unwatched", topic: "list:1", code: "post.gone", text: "" });
  phone.settle();
  assert.equal(view.ended, "post.gone");
});

test("who leaves a topic and comes back at once still hears of it", () => {
  const phone = connected();
  const [first, second] = [new ListView(), new ListView()];
  phone.core.watch("list:1", READ, first);
  phone.settle();
  phone.core.unwatch("list:1");
  phone.core.watch("list:1", READ, second);
  phone.settle();
  phone.gateway.add("list:1", "a");
  phone.settle();
  assert.deepEqual([first.items, second.items], [[], ["a"]]);
});

test("a goodbye says when to come back, and with which token", () => {
  const phone = connected();
  phone.line!.toPhone({ type: "goodbye", code: 4000, cause: "draining", reconnect: true, after_s: 3 });
  phone.settle();
  assert.equal(phone.core.standing, "waiting");
  phone.pass(2_900);
  assert.equal(phone.connects.length, 1);
  phone.pass(1_000);
  assert.equal(phone.core.standing, "standing");
  phone.line!.toPhone({ type: "goodbye", code: 4100, cause: "token_expired", reconnect: true, after_s: 0 });
  phone.settle();
  phone.pass(1_000);
  assert.deepEqual(phone.connects, [false, false, true]);
});

test("a goodbye for good is the end", () => {
  const phone = connected();
  phone.line!.toPhone({ type: "goodbye", code: 4502, cause: "revoked", reconnect: false, after_s: 0 });
  phone.pass(60_000);
  assert.deepEqual([phone.core.standing, phone.core.cause, phone.connects.length], ["ended", "revoked", 1]);
});

test("a newer token is taken by the session that stands", () => {
  const phone = connected();
  const view = new ListView();
  phone.core.watch("list:1", READ, view);
  phone.settle();
  phone.core.renewed("ann");
  phone.settle();
  const hellos = phone.gateway.said.filter((message) => message.type === "hello");
  const watches = phone.gateway.said.filter((message) => message.type === "watch");
  assert.deepEqual([hellos.length, watches.length, phone.connects.length], [2, 1, 1]);
  assert.equal(phone.core.standing, "standing");
});

test("attempts come ever more seldom, until a session has stood for a while", () => {
  const phone = connected();
  phone.reachable = false;
  phone.cut();
  phone.pass(60_000);
  const attempts = phone.connects.length;
  assert.ok(attempts > 5 && attempts < 30, `${attempts} attempts`);
  phone.reachable = true;
  phone.pass(20_000);
  phone.pass(STEADY_MS);
  phone.cut();
  phone.pass(250);
  assert.equal(phone.core.standing, "standing");
});

test("a network that is back is tried at once", () => {
  const phone = connected();
  phone.reachable = false;
  phone.cut();
  phone.pass(60_000);
  phone.reachable = true;
  phone.core.wake(phone.nowMs);
  phone.settle();
  assert.equal(phone.core.standing, "standing");
});

test("a line on which nothing comes is given up, one that answers is kept", () => {
  const phone = connected();
  phone.pass(120_000);
  assert.equal(phone.connects.length, 1);
  phone.gateway.refuse = () => ({ type: "pong", at: 0, now: 0 });
  phone.gateway.hear = () => undefined;
  phone.pass(50_100);
  assert.equal(phone.core.standing !== "standing", true);
});

test("an answer to a watch that was left meanwhile is nobody's", () => {
  const phone = connected();
  const [first, second] = [new ListView(), new ListView()];
  phone.core.watch("list:1", READ, first);
  phone.speak();
  phone.gateway.add("list:1", "a");
  phone.core.unwatch("list:1");
  phone.core.watch("list:1", READ, second);
  phone.settle();
  assert.deepEqual([first.items, second.items], [[], ["a"]]);
});

test("not more is under way at once than a gateway takes", () => {
  const phone = connected();
  const answers = Array.from({ length: 3 * WINDOW }, (_, n) => ask(phone, "list:1", `${n}`));
  phone.core.tick(phone.nowMs);
  const sent = phone.core.take().flatMap((effect) => (effect.do === "send" ? effect.messages : []));
  assert.equal(sent.length, WINDOW);
  phone.line!.up.push(...sent);
  phone.settle();
  assert.equal(answers.filter((answer) => answer.reply !== null).length, 3 * WINDOW);
});

test("through any cuts, snapshot and pushes are what a fresh read shows, and each add happens once", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = dice(seed);
    const gateway = new LittleGateway();
    gateway.remembered = 2 + Math.floor(random() * 20);
    const phone = new Phone(gateway, random);
    phone.core.start(phone.nowMs);
    const views = new Map<string, ListView>();
    const asked: Answer[] = [];
    for (let turn = 0; turn < 120; turn++) {
      const name = `list:${Math.floor(random() * 3)}`;
      const throwOf = random();
      if (throwOf < 0.25) gateway.add(name, `g${turn}`);
      else if (throwOf < 0.4) asked.push(ask(phone, name, `p${turn}`));
      else if (throwOf < 0.5 && !views.has(name)) {
        views.set(name, new ListView());
        phone.core.watch(name, READ, views.get(name)!);
      } else if (throwOf < 0.53 && views.delete(name)) phone.core.unwatch(name);
      else if (throwOf < 0.6) phone.cut();
      else if (throwOf < 0.65) phone.pass(400);
      else if (throwOf < 0.7) phone.speak();
      else if (throwOf < 0.75) disturb(phone.line?.down ?? [], random);
      else phone.step();
    }
    phone.pass(10_000);
    for (const name of views.keys()) gateway.add(name, "last"); // shows a gap at the very end
    phone.pass(10_000);
    for (const [name, view] of views) {
      assert.deepEqual(view.items, gateway.state(name).items, `seed ${seed}, ${name}`);
    }
    const items = [...gateway.lists.values()].flat().filter((item) => item !== "last");
    assert.equal(new Set(items).size, items.length, `seed ${seed}`);
    for (const answer of asked) assert.ok(answer.reply ?? answer.refusal, `seed ${seed}`);
  }
});
