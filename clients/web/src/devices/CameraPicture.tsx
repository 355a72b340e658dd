import { useEffect, useRef } from "react";
import styles from "./Devices.module.css";

interface Props {
  track: MediaStreamTrack;
  /** For screen readers. */
  label: string;
  className?: string;
}

/** One's own picture, as in a mirror. */
export function CameraPicture({ track, label, className = "" }: Props) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (!video) return undefined;
    video.srcObject = new MediaStream([track]);
    return () => {
      video.srcObject = null;
    };
  }, [track]);
  return (
    <video
      ref={element}
      className={`${styles.picture} ${className}`}
      aria-label={label}
      data-testid="camera-preview"
      autoPlay
      playsInline
      muted
    />
  );
}
