/** Figures as operators read them. */

const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

export function number(value: number): string {
  return short.format(value);
}

export function perSecond(value: number): string {
  return `${short.format(value)}/s`;
}

export function milliseconds(value: number): string {
  if (value >= 1_000) return `${short.format(value / 1_000)} s`;
  return value < 1 && value > 0 ? `${value.toFixed(2)} ms` : `${short.format(value)} ms`;
}

const UNITS = ["B", "KB", "MB", "GB", "TB"];

export function bytes(value: number): string {
  const power = Math.min(UNITS.length - 1, value < 1 ? 0 : Math.floor(Math.log2(value) / 10));
  return `${short.format(value / 1024 ** power)} ${UNITS[power]}`;
}
