/** What is shown where there is nothing to show. */

import type { ComponentChildren } from "preact";
import { Logo } from "./icons.tsx";

export function Nothing({
  title,
  text,
  children,
}: {
  title: string;
  text: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="nothing">
      <Logo />
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  );
}
