/** How long to wait before the next attempt: full jitter, so that those who lost a gateway do not come as one. */

export const FIRST_MS = 500;
export const LONGEST_MS = 8_000;

/** A pause before attempt 0, 1, 2 ... */
export function pauseMs(attempt: number, random: () => number): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
}
