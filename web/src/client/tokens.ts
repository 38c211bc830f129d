/** The tokens of this browser: kept over reloads, renewed by one tab at a time. */

import { Refusal } from "./core.ts";

export interface Tokens {
  user: string;
  access: string;
  refresh: string;
  untilMs: number;
}

const KEY = "manta.tokens";
const EARLY_MS = 60_000; // before its end, a token is renewed

/** What the answer to register, login and refresh looks like. */
export interface Entered {
  user_id: string;
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

export class TokenKeeper {
  private readonly store: Storage;
  private readonly renew: (refresh: string) => Promise<Entered>;
  private readonly now: () => number;
  private renewing: Promise<string> | null = null;

  constructor(
    store: Storage,
    renew: (refresh: string) => Promise<Entered>,
    now: () => number = () => Date.now(),
  ) {
    this.store = store;
    this.renew = renew;
    this.now = now;
  }

  /** What is kept, if anything. */
  held(): Tokens | null {
    const text = this.store.getItem(KEY);
    try {
      return text === null ? null : (JSON.parse(text) as Tokens);
    } catch {
      return null;
    }
  }

  keep(entered: Entered): void {
    const tokens: Tokens = {
      user: entered.user_id,
      access: entered.access_token,
      refresh: entered.refresh_token,
      untilMs: this.now() + entered.expires_in * 1000,
    };
    this.store.setItem(KEY, JSON.stringify(tokens));
  }

  forget(): void {
    this.store.removeItem(KEY);
  }

  /** When the token should be renewed. */
  earlyMs(): number {
    return (this.held()?.untilMs ?? Number.POSITIVE_INFINITY) - EARLY_MS;
  }

  /** An access token that is good for a while; `spent` is one that was refused. */
  async access(spent = ""): Promise<string> {
    const held = this.held();
    if (held === null) throw new Refusal("token.missing", "log in first");
    if (held.access !== spent && held.untilMs - EARLY_MS > this.now()) return held.access;
    this.renewing ??= this.renewed(held.access).finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  private async renewed(old: string): Promise<string> {
    // A refresh token is good once: another tab may have used it meanwhile, then its answer is ours.
    return await alone(KEY, async () => {
      const held = this.held();
      if (held === null) throw new Refusal("token.missing", "log in first");
      if (held.access !== old) return held.access;
      const entered = await this.renew(held.refresh);
      this.keep(entered);
      return entered.access_token;
    });
  }
}

async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? await locks.request(name, work) : await work();
}
