/** Finding someone by their username. */

import { useState } from "preact/hooks";
import { useApp } from "../parts/here.ts";
import { go } from "../router.ts";

export function PeoplePage() {
  const me = useApp().me.value!;
  const [name, setName] = useState("");
  const plain = name.trim().replace(/^@/, "").toLowerCase();
  const find = (event: Event) => {
    event.preventDefault();
    if (plain) go(`/@${encodeURIComponent(plain)}`);
  };
  return (
    <section class="sheet">
      <h1>Find people</h1>
      <p class="quiet">Everyone has one username. Yours is {me.username || "…"}.</p>
      <form class="say" onSubmit={find}>
        <input
          value={name}
          maxLength={31}
          placeholder="Username"
          aria-label="Username"
          autocapitalize="off"
          autocomplete="off"
          spellcheck={false}
          enterkeyhint="search"
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" disabled={!plain}>
          Open
        </button>
      </form>
    </section>
  );
}
