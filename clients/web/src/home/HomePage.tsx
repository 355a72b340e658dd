import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CallBackLines } from "../callbacks/CallBackLines";
import { CallList } from "../calllog/CallList";
import { callLog } from "../calls/log";
import { ColleagueList } from "../contacts/ColleagueList";
import { useColleagues } from "../contacts/colleagues";
import { DialPad } from "../dialpad/DialPad";
import { paths } from "../routes/routes";
import { useStore } from "../state/store";
import { Today } from "../today/Today";
import styles from "./HomePage.module.css";

/** As many as fit a screen; the rest is one press away. */
const RECENT = 20;

/** Who can be called, the call button with its dial pad, and the recent calls. */
export function HomePage() {
  const { t } = useTranslation("home");
  const { status, colleagues } = useColleagues();
  const log = useStore(callLog);
  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">{t("title")}</h1>
      <div className={styles.columns}>
        <Column title={t("colleagues")} more={t("all_contacts")} path={paths.contacts}>
          <ColleagueList status={status} colleagues={colleagues} />
        </Column>
        <section className={styles.middle}>
          <DialPad size="large" />
        </section>
        <Column title={t("recent")} more={t("all_calls")} path={paths.calls}>
          <Today />
          <CallBackLines />
          <CallList status={log.status} calls={log.calls} heading="h3" most={RECENT} />
        </Column>
      </div>
    </div>
  );
}

interface ColumnProps {
  title: string;
  more: string;
  path: string;
  children: ReactNode;
}

function Column({ title, more, path, children }: ColumnProps) {
  return (
    <section className={styles.column} aria-label={title}>
      <header className={styles.head}>
        <h2 className={styles.title}>{title}</h2>
        <a className={styles.more} href={`#${path}`}>
          {more}
        </a>
      </header>
      <div className={styles.scroll}>{children}</div>
    </section>
  );
}
