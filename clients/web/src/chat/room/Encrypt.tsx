import { Button } from "@vector-im/compound-web";
import LockIcon from "@vector-im/compound-design-tokens/assets/web/icons/lock-solid";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ghostNumber, type RoomSummary } from "../../matrix/rooms";
import { Dialog } from "../../ui/Dialog";
import { EncryptionMeaning } from "../../ui/EncryptionMeaning";
import { toast } from "../../ui/toasts";
import { useOpenRoom } from "./context";
import styles from "./RoomPanel.module.css";

/** That the conversation is encrypted, or the choice to encrypt it from now on. */
export function Encrypt({ summary }: { summary: RoomSummary }) {
  const { t } = useTranslation("chat");
  const { actions } = useOpenRoom();
  const [asking, setAsking] = useState(false);
  if (summary.encrypted) {
    return (
      <EncryptionMeaning>
        <p className={styles.encrypted}>
          <LockIcon width={18} height={18} aria-hidden />
          {t("encrypted_room")}
        </p>
      </EncryptionMeaning>
    );
  }
  if (!actions.may().encrypt || ghostNumber(summary.otherUserId) !== null) return null;
  return (
    <>
      <Button kind="tertiary" size="md" Icon={LockIcon} onClick={() => setAsking(true)}>
        {t("encrypt")}
      </Button>
      {asking && <EncryptDialog direct={summary.otherUserId !== null} onClose={() => setAsking(false)} />}
    </>
  );
}

function EncryptDialog({ direct, onClose }: { direct: boolean; onClose: () => void }) {
  const { t } = useTranslation("chat");
  const { actions } = useOpenRoom();
  const [running, setRunning] = useState(false);
  const encrypt = (): void => {
    setRunning(true);
    actions.encrypt().then(onClose, () => {
      setRunning(false);
      toast("error", t("encrypt_failed"));
    });
  };
  return (
    <Dialog
      title={t("encrypt_title")}
      onClose={onClose}
      actions={
        <>
          <Button kind="secondary" onClick={onClose}>
            {t("cancel", { ns: "app" })}
          </Button>
          <Button disabled={running} onClick={encrypt}>
            {t("encrypt_do")}
          </Button>
        </>
      }
    >
      <EncryptionTerms direct={direct} />
    </Dialog>
  );
}

/** What changes in a room that is encrypted, before it is. */
export function EncryptionTerms({ direct }: { direct: boolean }) {
  const { t } = useTranslation("chat");
  return (
    <ul className={styles.terms}>
      <li>{t("encrypt_means")}</li>
      <li>{t(direct ? "encrypt_phones" : "encrypt_phones_group")}</li>
      <li>{t("encrypt_search")}</li>
      <li>{t("encrypt_for_good")}</li>
    </ul>
  );
}
