import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { weekWords } from "../hours/words";
import type { Opening } from "../api/hours";
import type { Services } from "../api/services";
import settings from "../ui/Settings.module.css";
import { ForwardRow } from "./ForwardRow";
import { HoursDialog } from "./HoursDialog";
import styles from "./Services.module.css";
import { switchServices } from "./services";
import { SwitchRow } from "./SwitchRow";

/** Lunch, for who switches quiet times on before they have said any. */
const LUNCH: Opening[] = [0, 1, 2, 3, 4].map((day) => ({ day, opens: "13:00", closes: "14:00" }));

/** What holds at some hours of the week only: where calls go outside my own, and when nobody is to disturb. */
export function Hours({ services }: { services: Services }) {
  const { t } = useTranslation("services");
  const [asked, setAsked] = useState<"hours" | "quiet" | null>(null);
  const { quiet, hours } = services;
  return (
    <section className={settings.section}>
      <div>
        <h2>{t("hours")}</h2>
        <p className={settings.hint}>{t("hours_hint", { timezone: services.timezone.replace("_", " ") })}</p>
      </div>
      <ForwardRow services={services} situation="outside_hours">
        <Times week={hours} label={t("hours_change")} onChange={() => setAsked("hours")} />
      </ForwardRow>
      <SwitchRow
        label={t("quiet")}
        hint={t("quiet_hint")}
        on={quiet.on}
        onSwitch={(on) => {
          // There is nothing to switch on before some are chosen.
          if (on && quiet.times.length === 0) setAsked("quiet");
          else void switchServices({ quiet: { on } });
        }}
      >
        <Times week={quiet.times} label={t("quiet_change")} onChange={() => setAsked("quiet")} />
      </SwitchRow>
      {asked === "hours" && (
        <HoursDialog
          title={t("hours_mine")}
          week={hours}
          empty={t("hours_free")}
          change={(week) => ({ hours: week })}
          onClose={() => setAsked(null)}
        />
      )}
      {asked === "quiet" && (
        <HoursDialog
          title={t("quiet")}
          week={quiet.times.length > 0 ? quiet.times : LUNCH}
          empty={t("quiet_none")}
          // Whoever takes the last one away switches them off.
          change={(week) => ({ quiet: { on: week.length > 0, times: week } })}
          onClose={() => setAsked(null)}
        />
      )}
    </section>
  );
}

interface TimesProps {
  week: readonly Opening[];
  label: string;
  onChange: () => void;
}

/** A week in a few lines, and the way to change it; nothing before there is one. */
function Times({ week, label, onChange }: TimesProps) {
  const { t } = useTranslation("services");
  if (week.length === 0) return null;
  return (
    <div className={styles.then}>
      <ul role="list" className={styles.times}>
        {weekWords(week).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <Button kind="tertiary" size="md" className={styles.change ?? ""} aria-label={label} onClick={onChange}>
        {t("change")}
      </Button>
    </div>
  );
}
