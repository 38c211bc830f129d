/** A person: who they are, and what they shared. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Refusal } from "../client/core.ts";
import { PostList } from "../model/feed.ts";
import type { Person } from "../model/person.ts";
import { Avatar } from "../parts/avatar.tsx";
import { counted } from "../parts/count.ts";
import { useApp } from "../parts/here.ts";
import { Posts, Waiting } from "../parts/list.tsx";
import { Nothing } from "../parts/nothing.tsx";

export function ProfilePage({ username }: { username: string }) {
  const app = useApp();
  const [person, setPerson] = useState<Person | null>(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    app.rest.profileNamed(username).then(
      (profile) => setPerson(app.person(profile)),
      (error: unknown) => setFault(error instanceof Refusal && !error.retry ? "unknown" : "later"),
    );
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
  const count = person.profile.value.post_count;
  useEffect(() => void posts.refresh(), [posts, count]);
  return (
    <>
      <Head person={person} />
      <Posts list={posts} empty={<p class="quiet centred">Nothing shared yet.</p>} />
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
      <h1>{profile.username}</h1>
      {profile.name && <p class="full">{profile.name}</p>}
      {profile.bio && <p>{profile.bio}</p>}
      <dl>
        {counts.map(([number, what]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd data-count={what}>{counted(number)}</dd>
          </div>
        ))}
      </dl>
      {isMe ? <LogOut /> : <Follow person={person} />}
    </section>
  );
}

function Follow({ person }: { person: Person }) {
  const app = useApp();
  const on = person.isFollowed.value;
  return (
    <button
      type="button"
      class={on ? "calm" : ""}
      aria-pressed={on}
      onClick={() => void app.follow(person, !on)}
    >
      {on ? "Following" : "Follow"}
    </button>
  );
}

function LogOut() {
  const app = useApp();
  return (
    <button type="button" class="calm" onClick={() => void app.leave()}>
      Log out
    </button>
  );
}
