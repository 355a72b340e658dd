import { Button, ToggleInput } from "@vector-im/compound-web";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { Mailbox, MailKind } from "../api/voicemail";
import { useStore } from "../state/store";
import { PageSkeleton } from "../ui/PageSkeleton";
import { Greetings } from "./Greetings";
import { chooseMail, loadMailbox, mailbox, switchMailbox } from "./mailbox";
import { MessageRow } from "./MessageRow";
import { Pin } from "./Pin";
import styles from "./VoicemailPanel.module.css";

/** The messages of my mailbox, and its switch. */
export function VoicemailPanel() {
  const { t } = useTranslation("voicemail");
  const state = useStore(mailbox);
  if (state.status === "loading") return <PageSkeleton />;
  if (state.status === "error") {
    return (
      <div className={styles.note} role="alert">
        <p>{t("error")}</p>
        <Button kind="secondary" size="md" onClick={() => void loadMailbox()}>
          {t("retry")}
        </Button>
      </div>
    );
  }
  const { messages } = state.mailbox;
  return (
    <div className={styles.panel}>
      <Settings mailbox={state.mailbox} />
      {state.mailbox.mail !== null && <ByMail kind={state.mailbox.mail} />}
      {state.mailbox.on && <Greetings />}
      {state.mailbox.on && <Pin chosen={state.mailbox.pin} />}
      {messages.length === 0 ? (
        <div className={styles.note}>
          <strong>{t("empty")}</strong>
          <p>{t("empty_hint")}</p>
        </div>
      ) : (
        <ul role="list" data-testid="voicemail">
          {messages.map((message) => (
            <MessageRow key={message.id} message={message} />
          ))}
        </ul>
      )}
    </div>
  );
}

const KINDS: MailKind[] = ["none", "notice", "opus", "sound"];

function ByMail({ kind }: { kind: MailKind }) {
  const { t } = useTranslation("voicemail");
  const id = useId();
  return (
    <div className={styles.settings}>
      <label className={styles.grow} htmlFor={id}>
        {t("by_mail")}
      </label>
      <select
        id={id}
        className={styles.select}
        value={kind}
        onChange={(event) => void chooseMail(event.target.value as MailKind)}
      >
        {KINDS.map((each) => (
          <option key={each} value={each}>
            {t(`by_mail_${each}`)}
          </option>
        ))}
      </select>
    </div>
  );
}

function Settings({ mailbox: { on, messages, most, days } }: { mailbox: Mailbox }) {
  const { t } = useTranslation("voicemail");
  const id = useId();
  const kept = days > 0 ? t("kept_days", { count: days, most }) : t("kept", { most });
  return (
    <>
      <div className={styles.settings}>
        <div className={styles.grow}>
          <label htmlFor={id}>{t("switch")}</label>
          <p id={`${id}-hint`} className={styles.hint}>
            {t("switch_hint")} {kept}
          </p>
        </div>
        <ToggleInput
          id={id}
          aria-describedby={`${id}-hint`}
          checked={on}
          onChange={(event) => void switchMailbox(event.target.checked)}
        />
      </div>
      {messages.length >= most && (
        <p className={styles.full} role="status">
          {t("full")}
        </p>
      )}
    </>
  );
}
