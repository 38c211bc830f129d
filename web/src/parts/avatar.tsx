/** A person as a disc: the first letter of the name, in a colour that is always theirs. */

export function Avatar({ id, name, large = false }: { id: string; name: string; large?: boolean }) {
  return (
    <span class={large ? "avatar large" : "avatar"} style={{ "--hue": String(hueOf(id)) }} aria-hidden="true">
      {(name || "?").slice(0, 1).toUpperCase()}
    </span>
  );
}

function hueOf(id: string): number {
  let hash = 7;
  for (const sign of id) hash = (hash * 31 + sign.codePointAt(0)!) % 9973;
  return (hash * 47) % 360;
}
