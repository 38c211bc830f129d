/** Whether an element is on the screen, or about to be. */

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

const AHEAD = "800px";

export function useNear(element: RefObject<Element | null>): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((seen) => setNear(seen.at(-1)!.isIntersecting), {
      rootMargin: AHEAD,
    });
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return near;
}
