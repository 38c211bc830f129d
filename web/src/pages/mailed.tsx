/** Where links in mails lead: an address is confirmed, a forgotten password is set anew. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { textOf } from "../model/post.ts";
import { useApp } from "../parts/here.ts";
import { Logo } from "../parts/icons.tsx";

/** What stands behind the # of the link; it does not stay in the address. */
function useTicket(): string {
  const [ticket, setTicket] = useState(() => location.hash.slice(1));
  useEffect(() => {
    const opened = () => {
      if (location.hash.length < 2) return;
      setTicket(location.hash.slice(1));
      history.replaceState(null, "", location.pathname);
    };
    opened();
    addEventListener("hashchange", opened); // a link that is pasted where the page is open already
    return () => removeEventListener("hashchange", opened);
  }, []);
  return ticket;
}

export function ConfirmEmailPage() {
  const app = useApp();
  const ticket = useTicket();
  const [told, setTold] = useState("One moment …");
  useEffect(() => {
    app.rest.confirmEmail(ticket).then(
      ({ email }) => setTold(email ? `${email} is your address now.` : "This address is yours no more."),
      (error: unknown) => setTold(`That did not work: ${textOf(error)}`),
    );
  }, [app, ticket]);
  return (
    <Poster>
      <form>
        <h2>Your address</h2>
        <p role="status">{told}</p>
        <a class="button" href="/">
          Go on
        </a>
      </form>
    </Poster>
  );
}

export function ResetPasswordPage() {
  const ticket = useTicket();
  return <Poster>{ticket ? <NewPassword key={ticket} ticket={ticket} /> : <Forgotten />}</Poster>;
}

function Poster({ children }: { children: ComponentChildren }) {
  return (
    <div class="welcome">
      <div class="poster">
        <Logo />
        <h1>Manta</h1>
      </div>
      {children}
    </div>
  );
}

function Forgotten() {
  const app = useApp();
  const [told, setTold] = useState("");
  const [busy, setBusy] = useState(false);
  const ask = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      await app.rest.forgetPassword(String(fields.get("account")).trim());
      setTold("If this account has an address, a link is on its way. It is good for 30 minutes.");
    } catch (error) {
      setTold(`That did not work: ${textOf(error)}`);
    }
    setBusy(false);
  };
  return (
    <form onSubmit={ask}>
      <h2>Forgotten password</h2>
      <label>
        Username or e-mail address
        <input name="account" required maxLength={254} autocapitalize="off" autocomplete="username" />
      </label>
      {told && <p role="status">{told}</p>}
      <button type="submit" disabled={busy}>
        {busy ? "One moment …" : "Send me a link"}
      </button>
      <a href="/">Back to log in</a>
    </form>
  );
}

/** Sent again under the same key until it is known to stand. */
function NewPassword({ ticket }: { ticket: string }) {
  const app = useApp();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [told, setTold] = useState("");
  const [state, setState] = useState<"open" | "busy" | "done">("open");
  const set = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    setState("busy");
    try {
      await app.rest.resetPassword(ticket, String(fields.get("password")), key);
      setTold("Your password is set, and all your devices are logged out.");
      setState("done");
    } catch (error) {
      setTold(`It is not set: ${textOf(error)}`);
      setKey(crypto.randomUUID());
      setState("open");
    }
  };
  return (
    <form onSubmit={set}>
      <h2>A new password</h2>
      {state !== "done" && (
        <label>
          Password
          <input
            name="password"
            type="password"
            required
            minLength={8}
            maxLength={128}
            autocomplete="new-password"
          />
          <small>Eight characters or more.</small>
        </label>
      )}
      {told && <p role="status">{told}</p>}
      {state === "done" ? (
        <a class="button" href="/">
          Log in
        </a>
      ) : (
        <button type="submit" disabled={state === "busy"}>
          {state === "busy" ? "One moment …" : "Set it"}
        </button>
      )}
    </form>
  );
}
