/** A text with its #tags and @names set off. */

const MARKED = /([#@][\p{L}\p{N}_.]*[\p{L}\p{N}_])/u;

export function Caption({ text }: { text: string }) {
  return <>{text.split(MARKED).map((part, at) => (at % 2 ? <Marked key={at} text={part} /> : part))}</>;
}

function Marked({ text }: { text: string }) {
  if (text.startsWith("@")) return <a href={`/@${text.slice(1).toLowerCase()}`}>{text}</a>;
  return <span class="tag">{text}</span>;
}
