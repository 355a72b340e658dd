import { Button } from "@vector-im/compound-web";
import ShareIcon from "@vector-im/compound-design-tokens/assets/web/icons/share";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Meeting, NewLink } from "../../api/meetings";
import { dateLocale } from "../../ui/dates";
import { useNumberFormat } from "../../numbers/numberFormat";
import { CopyButton } from "./CopyButton";
import styles from "./Links.module.css";
import { invitationText } from "./words";

interface Props {
  meeting: Meeting;
  link: NewLink;
  /** Null where there is but one. */
  onAnother: (() => void) | null;
}

/** A link just made, seen this once: to copy, alone or with all there is to say, or to hand to another app. */
export function MadeLink({ meeting, link, onAnother }: Props) {
  const { t } = useTranslation("meetings/links");
  const field = useRef<HTMLInputElement>(null);
  const format = useNumberFormat();
  const until = new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium", timeStyle: "short" });
  const invitation = (): string =>
    invitationText(meeting.title, link.url, meeting.dial_in, format, {
      link: (url) => t("text_link", { url }),
      phone: (number, pin) => t("text_phone", { number, pin }),
    });
  // It stands where the button was that made it.
  useEffect(() => field.current?.select(), []);
  return (
    <div className={styles.made}>
      <input
        ref={field}
        readOnly
        className={styles.input}
        aria-label={t("link")}
        value={link.url}
        onFocus={(event) => event.currentTarget.select()}
      />
      <p className={styles.about}>
        {t("good_until", { date: until.format(link.expires_at) })} {t(link.lobby ? "lobby_on" : "lobby_off")}
      </p>
      <div className={styles.buttons}>
        <CopyButton text={() => link.url} label={t("copy_link")} />
        <CopyButton text={invitation} label={t("copy_invitation")} kind="secondary" />
        {"share" in navigator && (
          <Button
            kind="secondary"
            size="md"
            Icon={ShareIcon}
            // Whoever closes the sheet without choosing has changed their mind.
            onClick={() => void navigator.share({ text: invitation() }).catch(() => undefined)}
          >
            {t("hand_on")}
          </Button>
        )}
        {onAnother && (
          <Button kind="tertiary" size="md" onClick={onAnother}>
            {t("another")}
          </Button>
        )}
      </div>
    </div>
  );
}
