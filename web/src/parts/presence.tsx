/** A dot for someone who is here, and else when they last were. */

import { useEffect, useMemo } from "preact/hooks";
import { Presence } from "../model/presence.ts";
import { useApp } from "./here.ts";
import { Moment } from "./moment.tsx";

export function Here({ user }: { user: string }) {
  const app = useApp();
  const presence = useMemo(() => new Presence(app.client, user), [app, user]);
  useEffect(() => presence.show(), [presence]);
  if (presence.online.value) {
    return (
      <p class="here" data-online="yes">
        <i aria-hidden="true" /> Here now
      </p>
    );
  }
  const at = presence.lastSeen.value;
  if (at === null) return null;
  return (
    <p class="here quiet" data-online="no">
      Last here <Moment at={at} />
    </p>
  );
}
