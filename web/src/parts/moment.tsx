/** How long ago something was, kept true while it is shown. */

import { signal } from "@preact/signals";

const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 15_000);

const STEPS: [upToS: number, unitS: number, unit: string][] = [
  [3_600, 60, "min"],
  [86_400, 3_600, "h"],
  [7 * 86_400, 86_400, "d"],
];

export function Moment({ at }: { at: number }) {
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString()}>
      {ago((Math.max(now.value, at) - at) / 1000) ??
        date.toLocaleDateString(undefined, { dateStyle: "medium" })}
    </time>
  );
}

export function ago(pastS: number): string | null {
  if (pastS < 60) return "just now";
  const step = STEPS.find(([upToS]) => pastS < upToS);
  return step ? `${Math.floor(pastS / step[1])} ${step[2]}` : null;
}
