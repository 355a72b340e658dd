import { type ReactNode, useEffect, useRef, useState } from "react";

interface Props {
  className: string | undefined;
  children: () => ReactNode;
}

/** How far outside the window rows are kept ready. */
const MARGIN = "1200px";

/** A part of a long list: its rows are there while they are looked at, and leave their height behind. */
export function Chunk({ className, children }: Props) {
  const list = useRef<HTMLUListElement>(null);
  // The height that is kept free, null while the rows are there.
  const [free, setFree] = useState<number | null>(null);
  useEffect(() => {
    const { current } = list;
    if (!current || typeof IntersectionObserver === "undefined") return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        const entry = entries.at(-1); // the newest: in a quick scroll it comes and goes within one delivery
        if (!entry) return;
        // Whoever stands in it with the keyboard keeps their place.
        const keep = entry.isIntersecting || current.contains(document.activeElement);
        setFree(keep ? null : entry.boundingClientRect.height);
      },
      // The scroll margin is that of the lists which scroll by themselves.
      { rootMargin: MARGIN, scrollMargin: MARGIN },
    );
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return (
    <ul role="list" ref={list} className={className} style={free === null ? {} : { blockSize: free }}>
      {free === null && children()}
    </ul>
  );
}
