/** What stands around every page: the bar, the way between pages, and word of what went wrong. */

import type { ComponentChildren } from "preact";
import { path } from "../router.ts";
import { Avatar } from "./avatar.tsx";
import { useApp } from "./here.ts";
import { Gauge, Home, Logo, Search } from "./icons.tsx";

export function Frame({ children }: { children: ComponentChildren }) {
  const app = useApp();
  const me = app.me.value!;
  const at = path.value;
  const mine = `/@${me.username}`;
  return (
    <>
      <header class="bar">
        <a href="/" class="brand">
          <Logo />
          <span>Manta</span>
        </a>
        <nav aria-label="Pages">
          <a href="/" aria-current={at === "/" ? "page" : undefined} title="Feed">
            <Home filled={at === "/"} />
          </a>
          <a href="/people" aria-current={at === "/people" ? "page" : undefined} title="People">
            <Search />
          </a>
          <a href="/cluster" title="Cluster">
            <Gauge />
          </a>
          <a
            href={me.username ? mine : undefined}
            aria-current={at === mine ? "page" : undefined}
            title={me.username ? "You" : undefined}
          >
            <Avatar id={me.id} name={me.username} />
            {app.circle.requestCount.value > 0 && <i class="news" aria-label="Follow requests" />}
          </a>
        </nav>
      </header>
      <main>{children}</main>
    </>
  );
}

/** Only where a cut lasts. */
export function Banner() {
  const app = useApp();
  if (!app.isCut.value) return null;
  return (
    <div class="banner" role="status">
      <span class="dot" />
      {navigator.onLine ? "Reconnecting …" : "You are offline. What you do is kept and sent later."}
      <button type="button" onClick={() => app.client.wake()}>
        Try now
      </button>
    </div>
  );
}

export function Toasts() {
  return (
    <div class="toasts" role="alert">
      {useApp().toasts.value.map((toast) => (
        <p key={toast.id}>{toast.text}</p>
      ))}
    </div>
  );
}
