/** A person: who they are, and what they shared. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Refusal } from "../client/core.ts";
import type { Deed, Relation } from "../client/rest.ts";
import { PostList } from "../model/feed.ts";
import type { Person } from "../model/person.ts";
import { Avatar } from "../parts/avatar.tsx";
import { counted } from "../parts/count.ts";
import { useApp } from "../parts/here.ts";
import { Posts, Waiting } from "../parts/list.tsx";
import { Nothing } from "../parts/nothing.tsx";
import { Here } from "../parts/presence.tsx";
import { go } from "../router.ts";

const AGAIN_MS = 2_000;

export function ProfilePage({ username }: { username: string }) {
  const app = useApp();
  const [person, setPerson] = useState<Person | null>(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    let timer = 0;
    let left = false;
    const read = async () => {
      try {
        const profile = await app.rest.profileNamed(username);
        if (left) return;
        setFault("");
        setPerson(app.person(profile));
      } catch (error) {
        if (left) return;
        const gone = error instanceof Refusal && !error.retry;
        setFault(gone ? "unknown" : "later");
        if (!gone) timer = window.setTimeout(read, AGAIN_MS);
      }
    };
    void read();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [app, username]);
  if (fault === "unknown") {
    return (
      <Nothing title={`There is no ${username} here`} text="Perhaps the name is written in another way.">
        <a class="button" href="/people">
          Look for someone else
        </a>
      </Nothing>
    );
  }
  if (fault) return <Nothing title="This cannot be read just now" text="Try again in a moment." />;
  if (person === null) return <Waiting />;
  return <Known person={person} />;
}

function Known({ person }: { person: Person }) {
  const app = useApp();
  useEffect(() => person.show(), [person]);
  const posts = useMemo(
    () =>
      new PostList(
        (cursor) => app.rest.postsOf(person.id, cursor),
        (post) => app.postOf(post),
        (text) => app.complain(text),
      ),
    [app, person],
  );
  const { post_count: count, private: isPrivate } = person.profile.value;
  const isShut = isPrivate && person.id !== app.me.value?.id && !person.profile.value.followed_by_viewer;
  useEffect(() => {
    if (!isShut) void posts.refresh();
  }, [posts, count, isShut]);
  return (
    <>
      <Head person={person} />
      {isShut ? (
        <Nothing title="This account is private" text="Those who follow it see what it shares." />
      ) : (
        <Posts list={posts} empty={<p class="quiet centred">Nothing shared yet.</p>} />
      )}
    </>
  );
}

function Head({ person }: { person: Person }) {
  const app = useApp();
  const profile = person.profile.value;
  const isMe = person.id === app.me.value?.id;
  const counts: [number, string][] = [
    [profile.post_count, "posts"],
    [profile.follower_count, "followers"],
    [profile.following_count, "following"],
  ];
  return (
    <section class="profile">
      <Avatar id={person.id} name={profile.username} large />
      <h1>
        {profile.username}
        {profile.verified && (
          <span class="verified" role="img" aria-label="Verified" title="Verified">
            ✓
          </span>
        )}
      </h1>
      {profile.name && <p class="full">{profile.name}</p>}
      {!isMe && <Here user={person.id} />}
      {profile.bio && <p>{profile.bio}</p>}
      <dl>
        {counts.map(([number, what]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd data-count={what}>{counted(number)}</dd>
          </div>
        ))}
      </dl>
      {isMe ? <Mine /> : <Towards person={person} />}
    </section>
  );
}

function Mine() {
  const app = useApp();
  const requests = app.circle.requestCount.value;
  return (
    <div class="row">
      <a class="button calm" href="/privacy">
        Privacy{requests > 0 && <b class="badge">{counted(requests)}</b>}
      </a>
      <a class="button calm" href="/devices">
        Devices
      </a>
      <button type="button" class="calm" onClick={() => void app.leave()}>
        Log out
      </button>
    </div>
  );
}

/** What I can do about someone. */
function Towards({ person }: { person: Person }) {
  const relation = person.bond.relation.value;
  return (
    <>
      {relation?.requests_you && <Asks person={person} />}
      <div class="row">
        <Follow person={person} />
        {relation !== null && <More person={person} relation={relation} />}
      </div>
    </>
  );
}

function Follow({ person }: { person: Person }) {
  const app = useApp();
  const on = person.isFollowed.value;
  const waits = !on && (person.bond.relation.value?.requested ?? false);
  return (
    <button
      type="button"
      class={on || waits ? "calm" : ""}
      aria-pressed={on || waits}
      onClick={() => void app.follow(person, !(on || waits))}
    >
      {on ? "Following" : waits ? "Requested" : "Follow"}
    </button>
  );
}

function Asks({ person }: { person: Person }) {
  return (
    <div class="row" role="group" aria-label="Follow request">
      <span class="quiet">Wants to follow you</span>
      <button type="button" onClick={() => void person.bond.change("request", true)}>
        Accept
      </button>
      <button type="button" class="calm" onClick={() => void person.bond.change("request", false)}>
        Decline
      </button>
    </div>
  );
}

function More({ person, relation }: { person: Person; relation: Relation }) {
  const app = useApp();
  const [sure, setSure] = useState(false);
  const toggles: [Deed, boolean, string, string][] = [
    ["close-friend", relation.close_friend, "Close friend", "Not a close friend any more"],
    ["mute", relation.muted, "Mute", "Unmute"],
  ];
  const block = async () => {
    if (await app.block(person)) go("/privacy");
  };
  return (
    <details class="more">
      <summary aria-label="More">More</summary>
      <div>
        {toggles.map(([deed, on, name, off]) => (
          <button key={deed} type="button" class="plain" onClick={() => void person.bond.change(deed, !on)}>
            {on ? off : name}
          </button>
        ))}
        {relation.follows_you && (
          <button type="button" class="plain" onClick={() => void person.bond.change("follower", false)}>
            Remove as follower
          </button>
        )}
        <button
          type="button"
          class={sure ? "danger" : "plain"}
          onClick={() => (sure ? void block() : setSure(true))}
        >
          {sure ? `Block ${person.profile.value.username}` : "Block …"}
        </button>
      </div>
    </details>
  );
}
