/** Drawings of 24 by 24, in the colour of the text. */

import type { ComponentChildren } from "preact";

function Icon({ children, filled = false }: { children: ComponentChildren; filled?: boolean }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      fill={filled ? "currentColor" : "none"}
      stroke="currentColor"
      stroke-width="1.9"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const Heart = ({ filled }: { filled: boolean }) => (
  <Icon filled={filled}>
    <path d="M12 20.5s-7.8-4.6-9.3-9.3C1.7 7.9 3.7 4.7 7 4.7c2.1 0 3.7 1.2 5 3 1.3-1.8 2.9-3 5-3 3.3 0 5.3 3.2 4.3 6.5-1.5 4.7-9.3 9.3-9.3 9.3z" />
  </Icon>
);

export const Bubble = () => (
  <Icon>
    <path d="M20.5 11.7a8.3 8.3 0 0 1-12 7.4L3.5 20.5l1.4-4.8a8.3 8.3 0 1 1 15.6-4z" />
  </Icon>
);

export const Home = ({ filled }: { filled: boolean }) => (
  <Icon filled={filled}>
    <path d="M3.5 10.8 12 3.8l8.5 7v8.4a1.3 1.3 0 0 1-1.3 1.3H4.8a1.3 1.3 0 0 1-1.3-1.3z" />
  </Icon>
);

export const Search = () => (
  <Icon>
    <circle cx="11" cy="11" r="6.7" />
    <path d="m16 16 4.5 4.5" />
  </Icon>
);

export const Gauge = () => (
  <Icon>
    <path d="M4 19.5a9.5 9.5 0 1 1 16 0M12 14.5l4-5" />
  </Icon>
);

export const Back = () => (
  <Icon>
    <path d="M20 12H4.5M11 5.5 4.5 12l6.5 6.5" />
  </Icon>
);

export const Send = () => (
  <Icon filled>
    <path d="M3.5 11.2 20.5 3.5l-7.7 17-2-7.3z" />
  </Icon>
);

export const Bin = () => (
  <Icon>
    <path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10.2 11v5M13.8 11v5" />
  </Icon>
);

export const Eye = () => (
  <Icon>
    <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" />
    <circle cx="12" cy="12" r="2.7" />
  </Icon>
);

export const Logo = () => (
  <svg class="logo" viewBox="3 6 26 21" fill="currentColor" aria-hidden="true">
    <path d="M16 9.2c-.9 0-1.5-.5-1.8-1.5-.2-.6-.9-.6-1 .1-.2 1.2-.1 2-.6 2.6-1.2 1.3-3 2.2-5 2.7-1.4.3-2.5.5-2.9 1-.3.4 0 .8.7 1 2.6.7 5.5 1.4 7.4 3.2 1.2 1.1 1.9 2.5 2.4 4.2l.6 3.5c.1.5.4.5.5 0l.5-3.5c.5-1.7 1.2-3.1 2.4-4.2 1.9-1.8 4.8-2.5 7.4-3.2.7-.2 1-.6.7-1-.4-.5-1.5-.7-2.9-1-2-.5-3.8-1.4-5-2.7-.5-.6-.4-1.4-.6-2.6-.1-.7-.8-.7-1-.1-.3 1-.9 1.5-1.8 1.5z" />
  </svg>
);
