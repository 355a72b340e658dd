import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { useNumberFormat } from "../../numbers/numberFormat";
import { useStore } from "../../state/store";
import type { CallSnapshot } from "../call";
import { calls } from "../manager";
import { useCalls } from "../useCalls";
import { completeTransfer, merge } from "./commands";
import styles from "./ConsultNote.module.css";
import { consults } from "./consults";
import { fates } from "./fates";

/** Who waits while a transfer is announced in this call, and the ways on; nothing in any other call. */
export function ConsultNote({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation("calls");
  const format = useNumberFormat();
  const waitingId = useStore(consults).get(call.id);
  const waiting = useCalls().calls.find((each) => each.id === waitingId);
  const busy = useStore(fates).has(call.id);
  if (!waiting) return null;
  const [who, to] = [format(waiting.peer.name), format(call.peer.name)];
  return (
    <div className={styles.note} role="group" aria-label={t("consult_waits", { who })} data-testid="consult">
      <span className={styles.words}>{t("consult_waits", { who })}</span>
      <span className={styles.actions}>
        <Button kind="secondary" size="md" disabled={busy} onClick={() => calls.get(call.id)?.hangUp()}>
          {t("consult_back", { who })}
        </Button>
        <Button
          kind="secondary"
          size="md"
          disabled={busy || call.connectedAt === null}
          onClick={() => void merge(call.id, waiting.id)}
        >
          {t("consult_merge")}
        </Button>
        <Button
          kind="primary"
          size="md"
          disabled={busy || call.connectedAt === null}
          onClick={() => void completeTransfer(waiting.id, call.id, to)}
        >
          {t("consult_complete", { who, to })}
        </Button>
      </span>
    </div>
  );
}
