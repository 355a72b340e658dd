import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

/** Nearer to the end than this counts as being at it. */
const AT_END_PX = 60;

export interface StableScroll {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLOListElement | null>;
  atEnd: boolean;
  toEnd: (smooth?: boolean) => void;
}

/**
 * Keeps a timeline still while its content changes: at the end it stays at the end; elsewhere the topmost
 * visible row keeps its place, whatever is added before it or grows. (Safari has no scroll anchoring, and
 * Chromium's does not work at the very top, where older rows are added.) Rows carry `data-row`.
 */
export function useStableScroll(rows: unknown): StableScroll {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLOListElement>(null);
  const anchor = useRef<{ row: string; top: number } | null>(null);
  /** Where the box stood when `anchor` was taken. */
  const placed = useRef(0);
  const stuck = useRef(true);
  const [atEnd, setAtEnd] = useState(true);

  const place = useCallback((box: HTMLDivElement) => {
    placed.current = box.scrollTop;
    anchor.current = topmost(box);
  }, []);

  const restore = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    // The reader may have scrolled since, and the event that tells so is still on its way.
    const moved = box.scrollTop - placed.current;
    if (stuck.current && (moved > -AT_END_PX || leftBelow(box) < AT_END_PX)) {
      box.scrollTop = box.scrollHeight;
    } else if (anchor.current) {
      const element = box.querySelector<HTMLElement>(`[data-row="${CSS.escape(anchor.current.row)}"]`);
      if (element) box.scrollTop += topOf(element, box) - (anchor.current.top - moved);
      stuck.current = false;
    }
    place(box);
  }, [place]);

  useLayoutEffect(restore, [rows, restore]);

  useEffect(() => {
    const box = scroller.current;
    if (!box || !content.current) return undefined;
    const onScroll = (): void => {
      stuck.current = leftBelow(box) < AT_END_PX;
      setAtEnd(stuck.current);
      place(box);
    };
    // Images that load, a bubble that unfolds, a composer that grows.
    const observer = new ResizeObserver(restore);
    observer.observe(content.current);
    observer.observe(box);
    box.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", onScroll);
    };
  }, [restore, place]);

  const toEnd = useCallback((smooth = false) => {
    stuck.current = true;
    const box = scroller.current;
    box?.scrollTo({ top: box.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }, []);
  return { scroller, content, atEnd, toEnd };
}

function leftBelow(box: HTMLElement): number {
  return box.scrollHeight - box.scrollTop - box.clientHeight;
}

function topOf(element: HTMLElement, box: HTMLElement): number {
  return element.getBoundingClientRect().top - box.getBoundingClientRect().top;
}

function topmost(box: HTMLElement): { row: string; top: number } | null {
  const edge = box.getBoundingClientRect().top;
  for (const element of box.querySelectorAll<HTMLElement>("[data-row]")) {
    const { top, bottom } = element.getBoundingClientRect();
    if (bottom > edge) return { row: element.dataset.row ?? "", top: top - edge };
  }
  return null;
}
