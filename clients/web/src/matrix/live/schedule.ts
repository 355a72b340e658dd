/** Runs `work` once, soon, however often it is asked for: a sync brings many events in one go. */
export function coalesce(work: () => void): { ask: () => void; cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  return {
    ask: () => {
      timer ??= setTimeout(() => {
        timer = null;
        work();
      }, 0);
    },
    cancel: () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
