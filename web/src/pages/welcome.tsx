/** The door: a new account, or the way back into one's own. */

import { useState } from "preact/hooks";
import { textOf } from "../model/post.ts";
import { useApp } from "../parts/here.ts";
import { Logo } from "../parts/icons.tsx";

type Way = "join" | "login";

export function WelcomePage() {
  const app = useApp();
  const [way, setWay] = useState<Way>("login");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const [key] = useState(() => crypto.randomUUID());
  const enter = async (event: Event) => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const [username, password] = [String(fields.get("username")).trim(), String(fields.get("password"))];
    const email = String(fields.get("email") ?? "").trim();
    setBusy(true);
    setFault("");
    try {
      const joining = way === "join" ? app.rest.register(username, password, email, key) : null;
      app.entered(await (joining ?? app.rest.login(username, password)));
    } catch (error) {
      setFault(textOf(error));
      setBusy(false);
    }
  };
  return (
    <div class="welcome">
      <div class="poster">
        <Logo />
        <h1>Manta</h1>
        <p>See what your people share, while it happens.</p>
      </div>
      <form onSubmit={enter}>
        <div class="ways" role="tablist">
          <Choice way="login" chosen={way} choose={setWay} text="Log in" />
          <Choice way="join" chosen={way} choose={setWay} text="Sign up" />
        </div>
        <Fields way={way} />
        {fault && (
          <p class="fault" role="alert">
            {fault}
          </p>
        )}
        <button type="submit" disabled={busy}>
          {busy ? "One moment …" : way === "join" ? "Create my account" : "Log in"}
        </button>
      </form>
    </div>
  );
}

function Choice({
  way,
  chosen,
  choose,
  text,
}: {
  way: Way;
  chosen: Way;
  choose(way: Way): void;
  text: string;
}) {
  return (
    <button type="button" role="tab" aria-selected={way === chosen} onClick={() => choose(way)}>
      {text}
    </button>
  );
}

function Fields({ way }: { way: Way }) {
  return (
    <>
      <label>
        Username
        <input
          name="username"
          required
          maxLength={30}
          pattern="[A-Za-z0-9_]([A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?"
          title="Letters, digits, _ and dots inside"
          autocapitalize="off"
          autocomplete="username"
          spellcheck={false}
        />
      </label>
      <label>
        Password
        <input
          name="password"
          type="password"
          required
          minLength={way === "join" ? 8 : 1}
          maxLength={128}
          autocomplete={way === "join" ? "new-password" : "current-password"}
        />
        {way === "join" && <small>Eight characters or more.</small>}
      </label>
      {way === "join" ? (
        <label>
          E-mail
          <input name="email" type="email" maxLength={254} autocomplete="email" />
          <small>If you like: the way back in when all else is forgotten.</small>
        </label>
      ) : (
        <a href="/reset-password">Forgotten your password?</a>
      )}
    </>
  );
}
