import { IconButton, Progress } from "@vector-im/compound-web";
import CloseIcon from "@vector-im/compound-design-tokens/assets/web/icons/close";
import RestartIcon from "@vector-im/compound-design-tokens/assets/web/icons/restart";
import { useTranslation } from "react-i18next";
import { useStore } from "../../state/store";
import { useOpenRoom } from "../room/context";
import styles from "./UploadList.module.css";
import { dropUpload, retryUpload, uploads, type Upload } from "./uploads";

/** Files of this room that are on their way, or did not make it. */
export function UploadList({ roomId }: { roomId: string }) {
  const here = useStore(uploads).filter((upload) => upload.roomId === roomId);
  if (here.length === 0) return null;
  return (
    <ul role="list" className={styles.list}>
      {here.map((upload) => (
        <li key={upload.id}>
          <UploadRow upload={upload} />
        </li>
      ))}
    </ul>
  );
}

function UploadRow({ upload }: { upload: Upload }) {
  const { t } = useTranslation("chat");
  const { client } = useOpenRoom();
  const { name } = upload.file;
  const failed = upload.status === "failed";
  const percent = Math.round(upload.progress * 100);
  const words = upload.tooLarge ? t("too_large", { name }) : t("upload_failed", { name });
  return (
    <div className={styles.upload} data-failed={failed || undefined} role={failed ? "alert" : undefined}>
      <div className={styles.words}>
        <span className={styles.name}>{failed ? words : t("uploading", { name, percent })}</span>
        {!failed && <Progress size="sm" value={percent} max={100} aria-hidden />}
      </div>
      {failed && !upload.tooLarge && (
        <IconButton
          size="28px"
          aria-label={t("upload_retry", { name })}
          onClick={() => retryUpload(client, upload.id)}
        >
          <RestartIcon />
        </IconButton>
      )}
      <IconButton size="28px" aria-label={t("upload_cancel", { name })} onClick={() => dropUpload(upload.id)}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}
