import { IconButton } from "@vector-im/compound-web";
import CloseIcon from "@vector-im/compound-design-tokens/assets/web/icons/close";
import DownloadIcon from "@vector-im/compound-design-tokens/assets/web/icons/download";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useModalWindow } from "../../ui/OnTop";
import { useMedia } from "../../matrix/media";
import type { Media } from "../../matrix/timeline";
import styles from "./Lightbox.module.css";
import { useDownload } from "./useDownload";

/** The whole image over everything; Escape or a press beside it closes. */
export function Lightbox({ media, onClose }: { media: Media; onClose: () => void }) {
  const { t } = useTranslation("chat");
  const ref = useRef<HTMLDialogElement>(null);
  const { url, failed } = useMedia(media, null, null);
  const download = useDownload(media);
  useModalWindow(ref);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- Escape is the dialog's own
    <dialog
      ref={ref}
      className={styles.lightbox}
      aria-label={t("image_of", { name: media.name })}
      onClose={onClose}
      onClick={(event) => {
        if (!(event.target as HTMLElement).closest("img, button")) onClose();
      }}
    >
      <header className={styles.head}>
        <span className={styles.name}>{media.name}</span>
        <IconButton aria-label={t("download", { name: media.name })} onClick={download}>
          <DownloadIcon />
        </IconButton>
        <IconButton aria-label={t("close", { ns: "app" })} onClick={onClose}>
          <CloseIcon />
        </IconButton>
      </header>
      <div className={styles.stage}>
        {url && <img src={url} alt={media.name} />}
        {failed && <p>{t("image_failed")}</p>}
      </div>
    </dialog>
  );
}
