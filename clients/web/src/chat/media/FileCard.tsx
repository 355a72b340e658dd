import DownloadIcon from "@vector-im/compound-design-tokens/assets/web/icons/download";
import FilesIcon from "@vector-im/compound-design-tokens/assets/web/icons/files";
import VideoIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import { useTranslation } from "react-i18next";
import { language } from "../../i18n/i18n";
import type { Media } from "../../matrix/timeline";
import { fileSize } from "../dates";
import styles from "./FileCard.module.css";
import { useDownload } from "./useDownload";

/** A file by its name and size; pressing it saves it. */
export function FileCard({ media }: { media: Media }) {
  const { t } = useTranslation("chat");
  const download = useDownload(media);
  const Icon = media.mimetype.startsWith("video/") ? VideoIcon : FilesIcon;
  return (
    <button
      type="button"
      className={styles.card}
      onClick={download}
      aria-label={t("download", { name: media.name })}
    >
      <span className={styles.icon}>
        <Icon width={22} height={22} />
      </span>
      <span className={styles.words}>
        <span className={styles.name}>{media.name}</span>
        {media.size !== null && <span className={styles.size}>{fileSize(media.size, language())}</span>}
      </span>
      <DownloadIcon className={styles.download} width={20} height={20} />
    </button>
  );
}
