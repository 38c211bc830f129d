/** The page as a whole: which page is shown, and what stands around it. */

import { useEffect } from "preact/hooks";
import { lazy, Suspense } from "preact/compat";
import type { App } from "./model/app.ts";
import { DevicesPage } from "./pages/devices.tsx";
import { FeedPage } from "./pages/feed.tsx";
import { ConfirmEmailPage, ResetPasswordPage } from "./pages/mailed.tsx";
import { PeoplePage } from "./pages/people.tsx";
import { PostPage } from "./pages/post.tsx";
import { PrivacyPage } from "./pages/privacy.tsx";
import { ProfilePage } from "./pages/profile.tsx";
import { WelcomePage } from "./pages/welcome.tsx";
import { Here } from "./parts/here.ts";
import { Nothing } from "./parts/nothing.tsx";
import { Banner, Frame, Toasts } from "./parts/shell.tsx";
import { follow, path } from "./router.ts";

const ClusterPage = lazy(() => import("./cluster/page.tsx"));

export function Root({ app }: { app: App }) {
  useEffect(() => {
    document.addEventListener("click", follow);
    return () => document.removeEventListener("click", follow);
  }, []);
  return (
    <Here.Provider value={app}>
      {mailed(path.value) ?? (app.me.value === null ? <WelcomePage /> : <Page at={path.value} />)}
      <Toasts />
    </Here.Provider>
  );
}

/** Where links in mails lead, logged in or not. */
function mailed(at: string) {
  if (at === "/confirm-email") return <ConfirmEmailPage />;
  if (at === "/reset-password") return <ResetPasswordPage />;
  return null;
}

function Page({ at }: { at: string }) {
  const [first = "", second = ""] = at.slice(1).split("/");
  if (first === "cluster") {
    return (
      <Suspense fallback={<p class="quiet centred">Loading …</p>}>
        <ClusterPage />
      </Suspense>
    );
  }
  return (
    <Frame>
      <Banner />
      {shown(first, decodeURIComponent(second))}
    </Frame>
  );
}

function shown(first: string, second: string) {
  if (first === "") return <FeedPage />;
  if (first === "people") return <PeoplePage />;
  if (first === "devices") return <DevicesPage />;
  if (first === "privacy") return <PrivacyPage />;
  if (first === "p" && second) return <PostPage key={second} id={second} />;
  if (first.startsWith("@")) return <ProfilePage key={first} username={decodeURIComponent(first.slice(1))} />;
  return <Nothing title="There is nothing here" text="The address may be misspelt." />;
}
