import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Conversation, others, shownAs, spokenIn } from "../calls/conversations";
import { CallRow } from "./CallRow";
import styles from "./CallRow.module.css";

/** A conversation in one row, whatever became of it on the way: its steps are shown when they are asked for. */
export function ConversationRow({ conversation, menu }: { conversation: Conversation; menu: boolean }) {
  const { t } = useTranslation("calllog");
  const [open, setOpen] = useState(false);
  const { first, parts } = conversation;
  if (parts.length === 1) return <CallRow call={first} menu={menu} />;
  const steps = (
    <button type="button" className={styles.steps} aria-expanded={open} onClick={() => setOpen(!open)}>
      {t("steps", { count: parts.length })}
    </button>
  );
  const whole = { parts, others: others(conversation), spoken: spokenIn(conversation), steps };
  return (
    <>
      <CallRow call={shownAs(conversation)} menu={menu} whole={whole} />
      {open && (
        <li className={styles.parts}>
          <ul role="list">
            {parts.map((part) => (
              <CallRow key={part.id} call={part} />
            ))}
          </ul>
        </li>
      )}
    </>
  );
}
