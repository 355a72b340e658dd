import { useEffect, useRef } from "react";
import type { VideoFeed } from "../session/types";
import styles from "./Tile.module.css";

interface Props {
  feed: VideoFeed;
  kind: "camera" | "screen";
  /** One's own face is shown as in a mirror. */
  mirrored: boolean;
}

/** A moving picture without sound: the sound plays elsewhere, whatever is shown. */
export function Picture({ feed, kind, mirrored }: Props) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (!video) return undefined;
    feed.attach(video);
    return () => feed.detach(video);
  }, [feed]);
  return (
    <video
      ref={element}
      className={styles.picture}
      data-kind={kind}
      data-mirrored={mirrored || undefined}
      data-testid={`${kind}-picture`}
      autoPlay
      playsInline
      muted
    />
  );
}
