import { useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { Area } from "./arrange";

/** An element's size inside its padding, kept true while it changes. */
export function useArea<T extends HTMLElement>(): [RefObject<T | null>, Area] {
  const element = useRef<T>(null);
  const [area, setArea] = useState<Area>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const node = element.current;
    if (!node) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const { width, height } = entry.contentRect;
      setArea((before) => (before.width === width && before.height === height ? before : { width, height }));
    });
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  return [element, area];
}
