import { Button } from "@vector-im/compound-web";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { language } from "../../i18n/i18n";
import { useStore } from "../../state/store";
import { NotSaid } from "../session/chatTalk";
import type { ChatLine, MeetingChat } from "../session/types";
import styles from "./VisitorChat.module.css";

/** The meeting's words for who is not a member of its room: plain text, from their coming on. */
export function VisitorChat({ chat }: { chat: MeetingChat }) {
  const { t } = useTranslation("meetings/room");
  const messages = useStore(chat.messages);
  const end = useRef<HTMLLIElement>(null);
  useEffect(() => {
    // Braces: browsers begin to answer a promise here, which React would take for the effect's clean-up.
    end.current?.scrollIntoView({ block: "end" });
  }, [messages.length]);
  return (
    <>
      {/* A region that scrolls must be reachable by keyboard. */}
      <div className={styles.scroller} role="region" aria-label={t("chat")} tabIndex={0}>
        <ol role="list" className={styles.lines}>
          {messages.length === 0 && <li className={styles.none}>{t("chat_empty")}</li>}
          {messages.map((line) => (
            <Line key={line.id} line={line} />
          ))}
          <li ref={end} aria-hidden />
        </ol>
      </div>
      <Writer chat={chat} />
    </>
  );
}

function Line({ line: { sender, through, body, sentAt, mine } }: { line: ChatLine }) {
  const { t } = useTranslation("meetings/room");
  const name =
    through === undefined ? sender.name : t("chat_through", { name: sender.name, member: through });
  const time = new Date(sentAt).toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });
  return (
    <li className={styles.line} data-mine={mine || undefined}>
      <span className={styles.from}>
        {mine ? t("you") : name} <time dateTime={new Date(sentAt).toISOString()}>{time}</time>
      </span>
      <span className={styles.body}>{body}</span>
    </li>
  );
}

function Writer({ chat }: { chat: MeetingChat }) {
  const { t } = useTranslation("meetings/room");
  const [text, setText] = useState("");
  const [failed, setFailed] = useState<"failed" | NotSaid["why"] | null>(null);
  const send = (event: FormEvent): void => {
    event.preventDefault();
    const body = text.trim();
    if (!body) return;
    setText("");
    setFailed(null);
    chat.send(body).catch((error: unknown) => {
      // The words are not lost, unless others were written meanwhile.
      setText((now) => now || body);
      setFailed(error instanceof NotSaid ? error.why : "failed");
    });
  };
  return (
    <form className={styles.writer} onSubmit={send}>
      <input
        aria-label={t("chat_write")}
        placeholder={t("chat_write")}
        maxLength={4000}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" size="md" disabled={!text.trim()}>
        {t("chat_send")}
      </Button>
      {failed && <p role="alert">{t(`chat_${failed}`)}</p>}
    </form>
  );
}
