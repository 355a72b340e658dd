import { useTranslation } from "react-i18next";
import { administration, type CallLimits as Limits } from "../api/administration";
import { useLoaded } from "../ui/useLoaded";
import { Waiting } from "../ui/Waiting";
import styles from "./Admin.module.css";

const COUNTED = ["calls_at_once", "calls_at_once_a_trunk", "calls_at_once_in_all", "minutes_a_day"] as const;

/** What calls outside are limited to, which the configuration says, and how many there are now. */
export function CallLimits() {
  const { t, i18n } = useTranslation("admin");
  const loaded = useLoaded(administration.callLimits);
  const limits = loaded.value;
  return (
    <section className={styles.below} aria-labelledby="admin-call-limits">
      <h2 id="admin-call-limits" className={styles.subtitle}>
        {t("limits")}
      </h2>
      <p className={styles.about}>{t("limits_hint")}</p>
      {!limits ? (
        <Waiting loaded={loaded} />
      ) : (
        <ul role="list" className={styles.box}>
          <Row
            name={t("limits_regions")}
            value={regionNames(limits, i18n.language) ?? t("limits_everywhere")}
          />
          <Row name={t("limits_premium")} value={t(limits.premium ? "limits_allowed" : "limits_refused")} />
          {COUNTED.map((each) => (
            <Row
              key={each}
              name={t(`limits_${each}`)}
              value={limits[each] === 0 ? t("limits_none") : String(limits[each])}
            />
          ))}
          <Row name={t("limits_live")} value={String(limits.live)} />
        </ul>
      )}
    </section>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <li className={styles.line}>
      <div className={styles.words}>
        <strong>{name}</strong>
        <span className={styles.about}>{value}</span>
      </div>
    </li>
  );
}

/** The regions by their names in the person's language; null for all of them. */
function regionNames({ regions }: Limits, language: string): string | null {
  if (regions === null) return null;
  const names = new Intl.DisplayNames([language], { type: "region" });
  return regions
    .map((region) => names.of(region) ?? region)
    .toSorted((one, other) => one.localeCompare(other, language))
    .join(", ");
}
