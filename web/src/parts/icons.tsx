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

export const Camera = () => (
  <Icon>
    <path d="M4 8h3.2l1.6-2.6h6.4L16.8 8H20a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1z" />
    <circle cx="12" cy="13.2" r="3.4" />
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
  <svg class="logo" viewBox="1 6.5 30 24" fill="currentColor" aria-hidden="true">
    <path d="M16 9.6C15.2 9.6 14.6 9.2 14.4 8.2 14.2 7.2 13.4 7.2 13.3 8.1 13.2 9.2 12.9 10 12 10.6 8.6 12.4 5 13.8 2.2 16.4 1.6 17 1.9 17.5 2.7 17.4 6 17.1 9.4 17.4 11.8 18.9 13.6 20 14.7 21.4 15.2 23.4L15.8 29.4C15.85 30 16.15 30 16.2 29.4L16.8 23.4C17.3 21.4 18.4 20 20.2 18.9 22.6 17.4 26 17.1 29.3 17.4 30.1 17.5 30.4 17 29.8 16.4 27 13.8 23.4 12.4 20 10.6 19.1 10 18.8 9.2 18.7 8.1 18.6 7.2 17.8 7.2 17.6 8.2 17.4 9.2 16.8 9.6 16 9.6z" />
  </svg>
);
