import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import type { MeetingLink } from "../../api/meetings";
import { useNow } from "../../ui/now";
import { dateLocale } from "../../ui/dates";
import styles from "./Links.module.css";

interface Props {
  links: readonly MeetingLink[];
  failed: boolean;
  onRetry: () => void;
  onRevoke: (link: MeetingLink) => Promise<void>;
}

/** The links that were made before and are still good. */
export function LinkList({ links, failed, onRetry, onRevoke }: Props) {
  const { t } = useTranslation("meetings/links");
  const now = useNow();
  const good = links.filter((link) => link.expires_at > now);
  if (failed) {
    return (
      <p className={styles.about} role="alert">
        {t("links_failed")}{" "}
        <Button kind="tertiary" size="md" onClick={onRetry}>
          {t("retry", { ns: "app" })}
        </Button>
      </p>
    );
  }
  if (good.length === 0) return null;
  const date = new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium", timeStyle: "short" });
  return (
    <ul role="list" className={styles.links} aria-label={t("links")}>
      {good.map((link) => (
        <li key={link.id} className={styles.link}>
          <span className={styles.words}>
            {t("made_on", { date: date.format(link.created_at) })}
            <span className={styles.about}>
              {t("good_until", { date: date.format(link.expires_at) })}{" "}
              {t(link.lobby ? "with_lobby" : "without_lobby")}
            </span>
          </span>
          <Button
            kind="secondary"
            size="md"
            destructive
            aria-label={t("revoke_named", { date: date.format(link.created_at) })}
            onClick={() => void onRevoke(link)}
          >
            {t("revoke")}
          </Button>
        </li>
      ))}
    </ul>
  );
}
