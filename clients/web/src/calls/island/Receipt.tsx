import CloseIcon from "@vector-im/compound-design-tokens/assets/web/icons/close";
import { Button } from "@vector-im/compound-web";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNumberFormat } from "../../numbers/numberFormat";
import { useStore } from "../../state/store";
import { useLayout } from "../../ui/layout";
import { RoundButton } from "../../ui/RoundButton";
import type { CallSnapshot } from "../call";
import { fateWords } from "../control/commands";
import { fates } from "../control/fates";
import { formatDuration } from "../duration";
import { calls } from "../manager";
import { PeerAvatar } from "../PeerAvatar";
import { isTelephone } from "../peer";
import { callUser, dial } from "../place";
import { endWords } from "../words";
import styles from "./CallBar.module.css";
import { endedRecords, receiptMs, spokenIn } from "./receipts";

/** A conversation that has just ended: who hung up, how long, and calling back. It stays while one is at it. */
export function Receipt({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation("calls");
  const { t: app } = useTranslation();
  const format = useNumberFormat();
  const [kept, setKept] = useState(false);
  const given = useStore(fates).get(call.id);
  // Somebody who was being called into it did not end it.
  const fate = given?.kind === "add" ? undefined : given;
  const record = useStore(endedRecords).get(call.roomId);
  const dismiss = (): void => calls.dismiss(call.id);
  useEffect(() => {
    if (kept) return undefined;
    const timer = setTimeout(() => calls.dismiss(call.id), receiptMs(call));
    return () => clearTimeout(timer);
  }, [kept, call]);
  const phone = useLayout() === "phone";
  const { userId, number } = call.peer;
  const callBack = (): void => {
    dismiss();
    if (userId && !isTelephone(userId)) void callUser(userId);
    else if (number) void dial(number);
  };
  return (
    <div
      className={styles.bar}
      data-phase="ended"
      data-testid="call-receipt"
      onPointerMove={() => setKept(true)}
      onPointerLeave={() => setKept(false)}
      onFocus={() => setKept(true)}
      onBlur={() => setKept(false)}
    >
      <span className={styles.who}>
        <PeerAvatar userId={userId} name={call.peer.name} size={36} />
        <span className={styles.words}>
          <strong className={styles.name}>{fate ? fateWords(fate, true) : endWords(call)}</strong>
          <span className={styles.how}>
            {fate && `${format(call.peer.name)} · `}
            {formatDuration(spokenIn(call, record))}
          </span>
        </span>
      </span>
      <div className={styles.controls}>
        {(number ?? userId) && !fate && (
          <Button kind="secondary" size="md" onClick={callBack}>
            {t("call_back")}
          </Button>
        )}
        <RoundButton
          Icon={CloseIcon}
          label={app("dismiss")}
          kind="quiet"
          size={phone ? "medium" : "small"}
          onClick={dismiss}
        />
      </div>
    </div>
  );
}
