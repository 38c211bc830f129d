import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../src/client/core.ts";
import { type Entered, TokenKeeper } from "../src/client/tokens.ts";

class Drawer implements Storage {
  private readonly held = new Map<string, string>();
  get length(): number {
    return this.held.size;
  }
  clear(): void {
    this.held.clear();
  }
  key(at: number): string | null {
    return [...this.held.keys()][at] ?? null;
  }
  getItem(name: string): string | null {
    return this.held.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    this.held.set(name, value);
  }
  removeItem(name: string): void {
    this.held.delete(name);
  }
}

class Desk {
  nowMs = 1_000_000;
  renewals: string[] = [];
  refusal: Refusal | null = null;
  readonly drawer = new Drawer();
  readonly keeper = this.tab();

  tab(): TokenKeeper {
    return new TokenKeeper(
      this.drawer,
      (refresh) => this.renew(refresh),
      () => this.nowMs,
    );
  }

  private renew(refresh: string): Promise<Entered> {
    this.renewals.push(refresh);
    if (this.refusal) return Promise.reject(this.refusal);
    return Promise.resolve(entered(`${this.renewals.length}`));
  }
}

function entered(name: string): Entered {
  return { user_id: "ann", access_token: `a${name}`, refresh_token: `r${name}`, expires_in: 900 };
}

test("a token is kept over reloads and used while it is good", async () => {
  const desk = new Desk();
  desk.keeper.keep(entered("0"));
  assert.equal(await desk.tab().access(), "a0");
  assert.deepEqual([desk.tab().held()?.user, desk.renewals], ["ann", []]);
});

test("a token is renewed a while before its end, once for all who ask", async () => {
  const desk = new Desk();
  desk.keeper.keep(entered("0"));
  desk.nowMs += 850_000;
  assert.deepEqual(await Promise.all([desk.keeper.access(), desk.keeper.access()]), ["a1", "a1"]);
  assert.deepEqual(desk.renewals, ["r0"]);
  assert.equal(await desk.keeper.access(), "a1");
});

test("a token that was refused is renewed, unless there is a newer one already", async () => {
  const desk = new Desk();
  desk.keeper.keep(entered("0"));
  assert.equal(await desk.keeper.access("a0"), "a1");
  assert.equal(await desk.keeper.access("a0"), "a1");
  assert.deepEqual(desk.renewals, ["r0"]);
});

test("of two tabs one renews, and the other takes what it got", async () => {
  const desk = new Desk();
  desk.keeper.keep(entered("0"));
  desk.nowMs += 850_000;
  const [one, other] = [desk.keeper.access(), desk.tab().access()];
  assert.deepEqual(await Promise.all([one, other]), ["a1", "a1"]);
  assert.deepEqual(desk.renewals, ["r0"]);
});

test("without tokens, and with a session that has ended, there is nothing to come back with", async () => {
  const desk = new Desk();
  await assert.rejects(desk.keeper.access(), { code: "token.missing" });
  desk.keeper.keep(entered("0"));
  desk.refusal = new Refusal("session.ended", "log in again");
  await assert.rejects(desk.keeper.access("a0"), { code: "session.ended" });
  desk.keeper.forget();
  assert.equal(desk.keeper.held(), null);
});
