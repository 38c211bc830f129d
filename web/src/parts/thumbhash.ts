/** What a thumbhash says of the colour of a photo: enough to hold its place. */

/** The mean colour: brightness and two differences of colours stand in the first 18 bits. */
export function colourOf(hash: string | null): string {
  if (hash === null) return "";
  const bytes = Uint8Array.from(atob(hash), (sign) => sign.charCodeAt(0));
  if (bytes.length < 3) return "";
  const bits = bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16);
  const light = (bits & 63) / 63;
  const yellow = ((bits >> 6) & 63) / 31.5 - 1;
  const red = ((bits >> 12) & 63) / 31.5 - 1;
  const b = light - (2 / 3) * yellow;
  const r = (3 * light - b + red) / 2;
  const g = r - red;
  const shown = [r, g, b].map((part) => Math.round(255 * Math.min(1, Math.max(0, part))));
  return `rgb(${shown.join(" ")})`;
}
