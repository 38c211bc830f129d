/** Numbers and texts as people read them. */

const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** 1234 as 1.2K. */
export function counted(count: number): string {
  return short.format(count);
}

/** `3 likes`, `1 like`. */
export function named(count: number, one: string, many = `${one}s`): string {
  return `${counted(count)} ${count === 1 ? one : many}`;
}
