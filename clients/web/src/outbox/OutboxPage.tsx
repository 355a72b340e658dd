import { Heading } from "@vector-im/compound-web";
import ChatIcon from "@vector-im/compound-design-tokens/assets/web/icons/chat";
import EmailIcon from "@vector-im/compound-design-tokens/assets/web/icons/email";
import { useTranslation } from "react-i18next";
import type { OutboxMessage } from "../api/accounts";
import { errorWords } from "../api/errors";
import { Logo } from "../ui/Logo";
import { language } from "../i18n/i18n";
import { linked } from "./linked";
import styles from "./OutboxPage.module.css";
import { useOutbox } from "./useOutbox";

/** The demonstration's post: the mails and text messages that would have gone out, newest first. */
export function OutboxPage() {
  const { t } = useTranslation("outbox");
  const { messages, error } = useOutbox();
  return (
    <div className={styles.page}>
      <main className={styles.column}>
        <header className={styles.head}>
          <Logo size={40} />
          <div>
            <Heading as="h1" size="md" weight="semibold">
              {t("title")}
            </Heading>
            <p className={styles.lead}>{t("lead")}</p>
          </div>
        </header>
        <p role="status" className={styles.state}>
          {error !== null
            ? errorWords(error)
            : messages === null
              ? t("loading")
              : messages.length === 0
                ? t("empty")
                : ""}
        </p>
        <ul role="list" className={styles.list}>
          {messages?.map((message) => (
            <li key={message.id}>
              <Message message={message} />
            </li>
          ))}
        </ul>
        <a className={styles.back} href="#/">
          {t("back")}
        </a>
      </main>
    </div>
  );
}

function Message({ message }: { message: OutboxMessage }) {
  const { t } = useTranslation("outbox");
  const Icon = message.kind === "mail" ? EmailIcon : ChatIcon;
  const time = new Date(message.at);
  return (
    <article className={styles.message} data-kind={message.kind}>
      <header className={styles.envelope}>
        <Icon width={20} height={20} aria-hidden />
        <h2 className={styles.subject}>{message.subject || t("sms")}</h2>
        <time dateTime={time.toISOString()}>
          {time.toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" })}
        </time>
      </header>
      <p className={styles.to}>{t("to", { to: message.to })}</p>
      <p className={styles.text}>
        {linked(message.text).map((part, index) =>
          part.href === null ? (
            part.text
          ) : (
            // The parts of a message never change their order.
            // eslint-disable-next-line react/no-array-index-key
            <a key={index} href={part.href}>
              {part.text}
            </a>
          ),
        )}
      </p>
    </article>
  );
}
