import { useEffect, useMemo, useState } from "react";

/** Where a message is: seconds, and whether it sounds. */
export interface Playing {
  sounding: boolean;
  at: number;
  speed: number;
  failed: boolean;
}

export interface Player extends Playing {
  toggle: () => void;
  seek: (at: number) => void;
  /** The next of the speeds. */
  faster: () => void;
}

export const SPEEDS = [1, 1.5, 2] as const;
const STILL: Playing = { sounding: false, at: 0, speed: 1, failed: false };

/** The only message that sounds. */
let current: HTMLAudioElement | null = null;

/** Plays the sound at `address`, which is fetched only then; `onPlay` is called when it begins. */
export function usePlayer(address: string, onPlay: () => void): Player {
  const [playing, setPlaying] = useState(STILL);
  const audio = useMemo(() => silent(address), [address]);
  useEffect(() => {
    const show = (): void =>
      setPlaying({
        sounding: !audio.paused,
        at: audio.currentTime,
        speed: audio.playbackRate,
        failed: audio.error !== null,
      });
    const events = ["play", "pause", "timeupdate", "seeked", "ratechange", "ended", "error"] as const;
    for (const event of events) audio.addEventListener(event, show);
    return () => {
      for (const event of events) audio.removeEventListener(event, show);
      audio.pause();
    };
  }, [audio]);
  return {
    ...playing,
    toggle: () => {
      if (!audio.paused) {
        audio.pause();
        return;
      }
      if (current !== audio) current?.pause();
      current = audio;
      onPlay();
      // What goes wrong is an event of the element, too.
      audio.play().catch(() => undefined);
    },
    seek: (at) => {
      audio.currentTime = at;
    },
    faster: () => {
      audio.playbackRate =
        SPEEDS[(SPEEDS.findIndex((speed) => speed === audio.playbackRate) + 1) % SPEEDS.length] ?? 1;
    },
  };
}

function silent(address: string): HTMLAudioElement {
  const audio = new Audio();
  audio.preload = "none";
  audio.src = address;
  return audio;
}
