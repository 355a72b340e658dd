import { Button, Form } from "@vector-im/compound-web";
import LockIcon from "@vector-im/compound-design-tokens/assets/web/icons/lock-solid";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LinkedMeeting } from "../api/guest";
import { EncryptionMeaning } from "../ui/EncryptionMeaning";
import { useNow } from "../ui/now";
import { dateLocale } from "../ui/dates";
import { RecordedNote } from "../meetings/prejoin/RecordedNote";
import { Door } from "../session/Door";
import door from "../session/Door.module.css";
import { useSession } from "../session/session";
import styles from "./Guest.module.css";

interface Props {
  link: LinkedMeeting;
  name: string;
  onName: (name: string) => void;
}

const LONGEST = 60;

/** At the door: which meeting, whose, and under which name one comes. */
export function NamePage({ link, name, onName }: Props) {
  const { t } = useTranslation("guest");
  const now = useNow();
  const [text, setText] = useState(name);
  const signedIn = useSession().status === "signed_in";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== "") onName(text);
  };
  const soon = link.starts_at !== null && link.starts_at > now;
  const date = new Intl.DateTimeFormat(dateLocale(), { dateStyle: "full", timeStyle: "short" });
  return (
    <Door title={link.title} lead={t("invited", { organisation: link.organisation })} step="name">
      {soon && <p className={door.note}>{t("starts", { date: date.format(link.starts_at ?? 0) })}</p>}
      {link.encrypted && (
        <EncryptionMeaning>
          <span className={styles.mark}>
            <LockIcon width={16} height={16} aria-hidden /> {t("encrypted")}
          </span>
        </EncryptionMeaning>
      )}
      <RecordedNote recorded={link.recorded} />
      <Form.Root className={door.form} onSubmit={submit}>
        <Form.Field name="name">
          <Form.Label>{t("name")}</Form.Label>
          <Form.TextControl
            required
            autoFocus
            autoComplete="name"
            maxLength={LONGEST}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Form.ErrorMessage match="valueMissing">{t("name_missing")}</Form.ErrorMessage>
          <Form.HelpMessage>{t("name_hint")}</Form.HelpMessage>
        </Form.Field>
        <Button type="submit">{t("go_on")}</Button>
      </Form.Root>
      <p className={door.hint}>{t(link.lobby ? "lobby" : "no_lobby")}</p>
      {signedIn && (
        <a className={door.way} href="#/meetings">
          {t("signed_in")}
        </a>
      )}
    </Door>
  );
}
