import { useMedia } from "../../matrix/media";
import type { Media } from "../../matrix/timeline";
import styles from "./AudioPlayer.module.css";
import { FileCard } from "./FileCard";

/** A sound to play in place; when it cannot be had, the file to save. */
export function AudioPlayer({ media }: { media: Media }) {
  const { url, failed } = useMedia(media, null, null);
  if (failed) return <FileCard media={media} />;
  return (
    // Speech of a person has no captions.
    // oxlint-disable-next-line jsx-a11y/media-has-caption
    <audio
      className={styles.player}
      controls
      src={url ?? undefined}
      aria-label={media.name}
      preload="metadata"
    />
  );
}
