import { useTranslation } from "react-i18next";
import { toast } from "../../ui/toasts";
import { downloadMedia } from "../../matrix/media";
import type { Media } from "../../matrix/timeline";
import { useOpenRoom } from "../room/context";

/** Saves the original of a file under its name. */
export function useDownload(media: Media): () => void {
  const { t } = useTranslation("chat");
  const { client } = useOpenRoom();
  return () => {
    downloadMedia(client, media).catch(() => toast("error", t("download_failed", { name: media.name })));
  };
}
