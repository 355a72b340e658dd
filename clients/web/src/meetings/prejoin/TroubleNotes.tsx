import { Button } from "@vector-im/compound-web";
import ErrorIcon from "@vector-im/compound-design-tokens/assets/web/icons/error-solid";
import { useTranslation } from "react-i18next";
import { troubleWords } from "../../devices/words";
import styles from "./PreJoin.module.css";
import type { GreenRoom } from "./useGreenRoom";

const KINDS = ["microphone", "camera"] as const;

/** What does not work, why, and what to do about it; joining works all the same. */
export function TroubleNotes({ room }: { room: GreenRoom }) {
  const { t } = useTranslation("meetings/prejoin");
  const { t: device } = useTranslation("devices");
  const { t: effect } = useTranslation("meetings/effects");
  const missing = KINDS.filter((kind) => room[kind].trouble !== null);
  return (
    <div role="alert" className={styles.notes}>
      {missing.map((kind) => {
        const { trouble, retry } = room[kind];
        return (
          trouble && (
            <div key={kind} className={styles.note}>
              <ErrorIcon width={20} height={20} aria-hidden />
              <span>{device(troubleWords(kind, trouble))}</span>
              <Button kind="tertiary" size="md" type="button" onClick={retry}>
                {t("try_again")}
              </Button>
            </div>
          )
        );
      })}
      {missing.length > 0 && <p className={styles.without}>{t("listen_only")}</p>}
      {room.camera.picture.failed && (
        <div className={styles.note}>
          <ErrorIcon width={20} height={20} aria-hidden />
          <span>{effect("failed")}</span>
        </div>
      )}
    </div>
  );
}
