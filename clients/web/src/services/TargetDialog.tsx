import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../api/errors";
import type { Opening } from "../api/hours";
import type { ForwardTarget, Situation } from "../api/services";
import { TargetAction, TargetSearch } from "../calls/control/TargetSearch";
import { useStore } from "../state/store";
import { Button } from "@vector-im/compound-web";
import { mailbox } from "../voicemail/mailbox";
import { Dialog } from "../ui/Dialog";
import settings from "../ui/Settings.module.css";
import { forwardTo } from "./changes";
import styles from "./Services.module.css";
import { changeServices, services } from "./services";

/** The hours of who has said none yet. */
const OFFICE: Opening[] = [0, 1, 2, 3, 4].map((day) => ({ day, opens: "09:00", closes: "18:00" }));

interface Props {
  situation: Situation;
  onClose: () => void;
}

/** To whom calls go in a situation; whoever is chosen is switched on with it, or it is said why not. */
export function TargetDialog({ situation, onClose }: Props) {
  const { t } = useTranslation("services");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const messages = useStore(mailbox);
  const takes = messages.status === "ready" && messages.mailbox.on;
  const choose = async (target: ForwardTarget): Promise<void> => {
    setBusy(true);
    setRefused(null);
    try {
      // There is nothing outside of no hours.
      const first = situation === "outside_hours" && services.get().value?.hours.length === 0;
      await changeServices({ [situation]: { on: true, target }, ...(first && { hours: OFFICE }) });
      onClose();
    } catch (error) {
      setRefused(errorWords(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t(`to_${situation}`)} onClose={onClose}>
      {situation === "outside_hours" && (
        <Button kind="secondary" size="md" disabled={busy} onClick={() => void choose({ kind: "nobody" })}>
          {t("to_nobody")}
        </Button>
      )}
      {takes && (
        <Button kind="secondary" size="md" disabled={busy} onClick={() => void choose({ kind: "voicemail" })}>
          {t("to_voicemail")}
        </Button>
      )}
      <TargetSearch
        renderActions={(target) => (
          <TargetAction
            label={t("choose")}
            name={target.name}
            busy={busy}
            primary
            onClick={() => void choose(forwardTo(target))}
          />
        )}
      />
      <div role="alert" className={styles.refused}>
        {refused && <p className={settings.error}>{refused}</p>}
      </div>
    </Dialog>
  );
}
