import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "../ui/toasts";
import styles from "./QuickReply.module.css";

const REPLIES = ["reply_ten_minutes", "reply_later", "reply_meeting", "reply_on_my_way"] as const;

interface Props {
  /** Brings the message to who calls. */
  send: (message: string) => Promise<unknown>;
  /** Characters of own words. */
  longest?: number;
  onSent: () => void;
}

/** Answers a call with a message instead: ready ones, or one's own words. */
export function QuickReply({ send: deliver, longest, onSent }: Props) {
  const { t } = useTranslation("calls");
  const [text, setText] = useState("");
  const send = (message: string): void => {
    if (!message.trim()) return;
    deliver(message.trim()).catch(() => toast("error", t("reply_failed")));
    onSent();
  };
  const onSubmit = (event: React.FormEvent): void => {
    event.preventDefault();
    send(text);
  };
  return (
    <form className={styles.form} onSubmit={onSubmit}>
      <ul role="list" className={styles.ready}>
        {REPLIES.map((reply) => (
          <li key={reply}>
            <button type="button" className={styles.reply} onClick={() => send(t(reply))}>
              {t(reply)}
            </button>
          </li>
        ))}
      </ul>
      <div className={styles.own}>
        <input
          className={styles.input}
          aria-label={t("reply_own")}
          placeholder={t("reply_own")}
          value={text}
          maxLength={longest}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" size="md" disabled={!text.trim()}>
          {t("reply_send")}
        </Button>
      </div>
    </form>
  );
}
