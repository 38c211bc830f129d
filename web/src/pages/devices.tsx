/** Where I am logged in, my password and my address. */

import { useEffect, useState } from "preact/hooks";
import type { Device, Email } from "../client/rest.ts";
import { textOf } from "../model/post.ts";
import { useApp } from "../parts/here.ts";
import { Moment } from "../parts/moment.tsx";

export function DevicesPage() {
  const app = useApp();
  const [devices, setDevices] = useState<Device[] | null>(null);
  const read = () =>
    app.rest.devices().then(setDevices, (error: unknown) => {
      app.complain(`Your devices cannot be read: ${textOf(error)}`);
    });
  useEffect(() => void read(), [app]);
  /** Shows what is there afterwards, whether it worked or not. */
  const tried = async (what: Promise<void>) => {
    try {
      await what;
    } catch (error) {
      app.complain(`That did not work: ${textOf(error)}`);
    }
    await read();
  };
  const others = (devices ?? []).filter((device) => !device.current);
  return (
    <section class="sheet">
      <h1>Devices</h1>
      <ul class="people" aria-busy={devices === null}>
        {(devices ?? []).map((device) => (
          <li key={device.session_id}>
            <span class="name">
              {device.client || "A device"}
              <small>
                {device.current ? "This one" : <Moment at={Date.parse(device.used_at)} />}
                {" · since "}
                {new Date(device.opened_at).toLocaleDateString(undefined, { dateStyle: "medium" })}
              </small>
            </span>
            {!device.current && (
              <button
                type="button"
                class="calm"
                onClick={() => void tried(app.rest.endDevice(device.session_id))}
              >
                Log out
              </button>
            )}
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <div>
          <button type="button" class="danger" onClick={() => void tried(app.rest.endOtherDevices())}>
            Log out everywhere else
          </button>
        </div>
      )}
      <NewPassword changed={() => void read()} />
      <EmailAddress />
    </section>
  );
}

/** Sent again under the same key until it is known to stand. */
function NewPassword({ changed }: { changed(): void }) {
  const app = useApp();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState("");
  const change = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    setBusy(true);
    try {
      await app.rest.changePassword(String(fields.get("old")), String(fields.get("new")), key);
      setTold("It is changed, and your other devices are logged out.");
      form.reset();
      changed();
    } catch (error) {
      setTold(`It is not changed: ${textOf(error)}`);
    }
    setKey(crypto.randomUUID());
    setBusy(false);
  };
  return (
    <form class="part" onSubmit={change}>
      <h2>Password</h2>
      <input
        name="old"
        type="password"
        required
        maxLength={128}
        placeholder="The one you have"
        aria-label="Old password"
        autocomplete="current-password"
      />
      <input
        name="new"
        type="password"
        required
        minLength={8}
        maxLength={128}
        placeholder="A new one, eight characters or more"
        aria-label="New password"
        autocomplete="new-password"
      />
      {told && <p role="status">{told}</p>}
      <button type="submit" disabled={busy}>
        {busy ? "One moment …" : "Change it"}
      </button>
    </form>
  );
}

/** Where a link goes when I forget my password. */
function EmailAddress() {
  const app = useApp();
  const [email, setEmail] = useState<Email | null>(null);
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState("");
  useEffect(() => {
    app.rest.email().then(setEmail, (error: unknown) => {
      app.complain(`Your address cannot be read: ${textOf(error)}`);
    });
  }, [app]);
  const change = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    const said = (name: string) => String(fields.get(name)).trim();
    setBusy(true);
    try {
      setEmail(await app.rest.changeEmail(said("email"), String(fields.get("password")), said("code")));
      setTold("");
      form.reset();
    } catch (error) {
      setTold(`It is not changed: ${textOf(error)}`);
    }
    setBusy(false);
  };
  return (
    <form class="part" onSubmit={change}>
      <h2>E-mail</h2>
      {email?.email && <p>{email.email}</p>}
      {email?.pending && <p role="status">Open the link that was sent to {email.pending}.</p>}
      <input
        name="email"
        type="email"
        required
        maxLength={254}
        placeholder={email?.email ? "Another address" : "Your address, for a forgotten password"}
        aria-label="E-mail address"
        autocomplete="email"
      />
      <input
        name="password"
        type="password"
        required
        maxLength={128}
        placeholder="Your password"
        aria-label="Password, for the address"
        autocomplete="current-password"
      />
      <input
        name="code"
        maxLength={32}
        placeholder="A code, if you have a second factor"
        aria-label="Code of your second factor"
        autocomplete="one-time-code"
      />
      {told && <p role="status">{told}</p>}
      <button type="submit" disabled={busy}>
        {busy ? "One moment …" : "Send a link"}
      </button>
    </form>
  );
}
