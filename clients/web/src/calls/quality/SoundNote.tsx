import WarningIcon from "@vector-im/compound-design-tokens/assets/web/icons/warning";
import { useTranslation } from "react-i18next";
import { useNumberFormat } from "../../numbers/numberFormat";
import { useStore } from "../../state/store";
import type { CallSnapshot } from "../call";
import styles from "./SoundNote.module.css";
import { shownTrouble, toldTroubles } from "./told";
import { troubleWords } from "./words";

/** What is wrong with a call's sound, whose it is and what to do; nothing while it is well. */
export function SoundNote({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation("calls");
  const format = useNumberFormat();
  const told = useStore(toldTroubles).get(call.roomId) ?? null;
  const trouble = shownTrouble(call.sound, told);
  if (trouble === null || call.phase !== "connected") return null;
  const { what, why } = troubleWords(trouble, format(call.peer.name));
  return (
    <p className={styles.note} role="status" aria-label={t("sound_trouble")} data-testid="sound-note">
      <WarningIcon width={20} height={20} aria-hidden />
      <span>
        <strong>{what}</strong> {why}
      </span>
    </p>
  );
}
