/** Which page: the path of the address, as a signal. */

import { signal } from "@preact/signals";

export const path = signal(location.pathname);

addEventListener("popstate", () => {
  path.value = location.pathname;
});

/** Goes to another page without loading it. */
export function go(to: string): void {
  if (to === path.peek()) return scrollTo({ top: 0, behavior: "smooth" });
  history.pushState(null, "", to);
  path.value = to;
  scrollTo(0, 0);
}

/** For the links of the page: a plain click stays here, any other does what the browser does. */
export function follow(event: MouseEvent): void {
  const link = (event.target as Element).closest("a");
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (link === null || !isPlain || link.origin !== location.origin || link.target) return;
  if (link.hasAttribute("data-load")) return;
  event.preventDefault();
  go(link.pathname);
}

/** Goes back to where one came from; to the start, if that was somewhere else. */
export function back(): void {
  if (history.length > 1) history.back();
  else go("/");
}
