import ImageErrorIcon from "@vector-im/compound-design-tokens/assets/web/icons/image-error";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMedia } from "../../matrix/media";
import type { Media } from "../../matrix/timeline";
import styles from "./ImageView.module.css";
import { Lightbox } from "./Lightbox";

const BOX = { width: 360, height: 320 };

/** An image in its final size from the start, so that nothing jumps when it comes. */
export function ImageView({ media }: { media: Media }) {
  const { t } = useTranslation("chat");
  const [open, setOpen] = useState(false);
  // A thumbnail of an animation would stand still.
  const animated = media.mimetype === "image/gif" || media.mimetype === "image/webp";
  const thumbnail = animated ? null : BOX;
  const { url, failed } = useMedia(media, thumbnail?.width ?? null, thumbnail?.height ?? null);
  const size = fitted(media);
  return (
    <>
      <button
        type="button"
        className={styles.image}
        style={{ inlineSize: size.width, aspectRatio: `${size.width} / ${size.height}` }}
        aria-label={t("open_image", { name: media.name })}
        onClick={() => setOpen(true)}
      >
        {url && <img src={url} alt="" />}
        {failed && (
          <span className={styles.failed}>
            <ImageErrorIcon width={24} height={24} />
            {t("image_failed")}
          </span>
        )}
      </button>
      {open && <Lightbox media={media} onClose={() => setOpen(false)} />}
    </>
  );
}

/** The image's size within the box; a guess when the sender did not say. */
export function fitted({ width, height }: Pick<Media, "width" | "height">): {
  width: number;
  height: number;
} {
  if (!width || !height) return { width: 280, height: 210 };
  const scale = Math.min(1, BOX.width / width, BOX.height / height);
  return { width: Math.max(64, Math.round(width * scale)), height: Math.max(48, Math.round(height * scale)) };
}
