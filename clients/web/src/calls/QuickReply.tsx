import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "../ui/toasts";
import { useMatrixClient } from "../matrix/connection";
import styles from "./QuickReply.module.css";

const REPLIES = ["reply_later", "reply_meeting", "reply_on_my_way"] as const;

/** Answers a call with a message instead: ready ones, or one's own words. */
export function QuickReply({ roomId, onSent }: { roomId: string; onSent: () => void }) {
  const { t } = useTranslation("calls");
  const client = useMatrixClient();
  const [text, setText] = useState("");
  const send = (message: string): void => {
    if (!client || !message.trim()) return;
    client.sendTextMessage(roomId, message.trim()).catch(() => toast("error", t("reply_failed")));
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
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" size="md" disabled={!text.trim()}>
          {t("reply_send")}
        </Button>
      </div>
    </form>
  );
}
