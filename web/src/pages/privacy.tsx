/** Whom I let near. */

import { useEffect, useMemo } from "preact/hooks";
import type { Who } from "../client/nouns.ts";
import type { Author, CirclePart } from "../client/rest.ts";
import type { CircleList } from "../model/circle.ts";
import { Reach, type What } from "../model/reach.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useApp } from "../parts/here.ts";

const LISTS: [CirclePart, string, string, string][] = [
  ["close_friends", "Close friends", "They see what you share with close friends.", "Remove"],
  ["muted", "Muted", "You do not hear of them. They do not know.", "Unmute"],
  ["blocked", "Blocked", "Neither of you sees anything of the other.", "Unblock"],
];

const DEEDS: [What, string, string][] = [
  ["comment", "Comments", "Who may comment on what you share, old posts included."],
  ["mention", "Mentions", "Who may mention you."],
  ["message", "Messages", "Who may write to you."],
  ["activity", "Activity", "Who sees when you are here. You see it of those only who see it of you."],
];

const WHO: Record<Who, string> = {
  everyone: "Everyone",
  followers: "Followers",
  followed: "People I follow",
  mutuals: "Followers I follow",
  nobody: "Nobody",
};

export function PrivacyPage() {
  return (
    <section class="sheet">
      <h1>Privacy</h1>
      <Account />
      <Reaching />
      <Requests />
      {LISTS.map(([part, title, text, off]) => (
        <People key={part} part={part} title={title} text={text} off={off} />
      ))}
    </section>
  );
}

function Account() {
  const app = useApp();
  const on = app.circle.isPrivate.value;
  return (
    <label class="switch">
      <span>
        <b>Private account</b>
        <small>Only followers see what you share, and you decide who follows you.</small>
      </span>
      <input
        type="checkbox"
        role="switch"
        checked={on ?? false}
        disabled={on === null}
        onChange={(event) => void app.circle.setPrivate(event.currentTarget.checked)}
      />
    </label>
  );
}

function Reaching() {
  const app = useApp();
  const reach = useMemo(() => new Reach(app.client, (text) => app.complain(text)), [app]);
  useEffect(() => void reach.read(), [reach]);
  const now = reach.now.value;
  return (
    <>
      {DEEDS.map(([what, title, text]) => (
        <label key={what} class="switch">
          <span>
            <b>{title}</b>
            <small>{text}</small>
          </span>
          <select
            name={what}
            value={now?.[what] ?? "everyone"}
            disabled={now === null}
            onChange={(event) => void reach.let(what, event.currentTarget.value as Who)}
          >
            {Object.entries(WHO).map(([who, name]) => (
              <option key={who} value={who}>
                {name}
              </option>
            ))}
          </select>
        </label>
      ))}
    </>
  );
}

function Requests() {
  const app = useApp();
  const list = useMemo(() => app.circle.list("requests"), [app]);
  const count = app.circle.requestCount.value;
  useEffect(() => void list.refresh(), [list, count]);
  return (
    <Part title="Follow requests" text="Nobody asks to follow you." list={list}>
      {(person) => (
        <>
          <button type="button" onClick={() => void list.settle(person, true)}>
            Accept
          </button>
          <button type="button" class="calm" onClick={() => void list.settle(person)}>
            Decline
          </button>
        </>
      )}
    </Part>
  );
}

function People({ part, title, text, off }: { part: CirclePart; title: string; text: string; off: string }) {
  const app = useApp();
  const list = useMemo(() => app.circle.list(part), [app, part]);
  useEffect(() => void list.refresh(), [list]);
  return (
    <Part title={title} text={text} list={list}>
      {(person) => (
        <button type="button" class="calm" onClick={() => void list.settle(person)}>
          {off}
        </button>
      )}
    </Part>
  );
}

interface PartProps {
  title: string;
  text: string;
  list: CircleList;
  children: (person: Author) => preact.ComponentChildren;
}

function Part({ title, text, list, children }: PartProps) {
  const people = list.people.value;
  return (
    <section class="part" aria-label={title}>
      <h2>{title}</h2>
      {list.state.value === "failed" && (
        <button type="button" class="plain" onClick={() => void list.refresh()}>
          This cannot be read just now. Try again
        </button>
      )}
      {people.length === 0 && list.state.value === "read" && <p class="quiet">{text}</p>}
      <ul class="people">
        {people.map((person) => (
          <li key={person.user_id}>
            <Avatar id={person.user_id} name={person.username} />
            <a href={`/@${person.username}`} class="name">
              {person.username}
            </a>
            {children(person)}
          </li>
        ))}
      </ul>
      {list.next.value !== null && (
        <button type="button" class="calm" onClick={() => void list.readMore()}>
          Show more
        </button>
      )}
    </section>
  );
}
