import { useEffect, useState } from "react";

/** Whole seconds left of `seconds`, down to 0; begins anew when `seconds` or `round` changes. */
export function useCountdown(seconds: number, round = ""): number {
  const [left, setLeft] = useState(Math.ceil(seconds));
  useEffect(() => {
    // By the clock, because timers of a tab behind others come late.
    const until = Date.now() + seconds * 1000;
    const tell = (): void => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tell();
    const timer = setInterval(tell, 500);
    return () => clearInterval(timer);
  }, [seconds, round]);
  return left;
}
