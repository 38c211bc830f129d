/** The app, for whatever is drawn in it. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { App } from "../model/app.ts";

export const Here = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(Here);
  if (app === null) throw new Error("drawn outside of the app");
  return app;
}
