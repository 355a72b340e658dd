import { type ReactNode, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Figures, FIGURES_BY, type FiguresBy, traces } from "../../api/traces";
import { formatDuration } from "../../calls/duration";
import { usePerson } from "../../people/people";
import { dateLocale } from "../../ui/dates";
import { Segments } from "../../ui/Segments";
import { useLoaded } from "../../ui/useLoaded";
import { Waiting } from "../../ui/Waiting";
import admin from "../Admin.module.css";
import styles from "./Figures.module.css";
import { sinceDays, total } from "./figures";

const SPANS = [7, 30, 365] as const;
type Span = `${(typeof SPANS)[number]}`;

/** How many calls there were, how they went and how long, without who was spoken with. */
export function FiguresTable() {
  const { t } = useTranslation("admin/calls");
  const [by, setBy] = useState<FiguresBy>("day");
  const [days, setDays] = useState<Span>("7");
  const loaded = useLoaded(
    useCallback(() => {
      const now = new Date();
      const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
      return traces.figures(by, sinceDays(Number(days), now), now.getTime() + 1, timeZone);
    }, [by, days]),
  );
  const figures = loaded.value?.figures;
  return (
    <section className={styles.figures} aria-labelledby="admin-figures">
      <div className={styles.head}>
        <h2 id="admin-figures" className={admin.subtitle}>
          {t("figures")}
        </h2>
        <Segments
          label={t("figures_by")}
          values={FIGURES_BY}
          value={by}
          words={(each) => t(`by_${each}`)}
          onChoose={setBy}
        />
        <label className={styles.span}>
          <span className="visually-hidden">{t("figures_span")}</span>
          <select value={days} onChange={(event) => setDays(event.currentTarget.value as Span)}>
            {SPANS.map((each) => (
              <option key={each} value={each}>
                {t("last_days", { count: each })}
              </option>
            ))}
          </select>
        </label>
      </div>
      {!figures ? <Waiting loaded={loaded} /> : <Table by={by} figures={figures} />}
    </section>
  );
}

function Table({ by, figures }: { by: FiguresBy; figures: readonly Figures[] }) {
  const { t } = useTranslation("admin/calls");
  if (figures.length === 0) return <p className={admin.note}>{t("none_then")}</p>;
  return (
    <div className={styles.scroll} role="region" aria-labelledby="admin-figures" tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t(`by_${by}`)}</th>
            <th scope="col">{t("count_calls")}</th>
            <th scope="col">{t("count_answered")}</th>
            <th scope="col">{t("count_unanswered")}</th>
            <th scope="col">{t("count_failed")}</th>
            <th scope="col">{t("count_talked")}</th>
          </tr>
        </thead>
        <tbody>
          {figures.map((one) => (
            <Row key={one.key} figures={one}>
              <Key by={by} value={one.key} />
            </Row>
          ))}
        </tbody>
        {/* Somebody's call with a colleague counts for both. */}
        {by !== "person" && (
          <tfoot>
            <Row figures={total(figures)}>{t("in_all")}</Row>
          </tfoot>
        )}
      </table>
    </div>
  );
}

function Row({ figures, children }: { figures: Figures; children: ReactNode }) {
  return (
    <tr>
      <th scope="row">{children}</th>
      <td>{figures.calls}</td>
      <td>{figures.answered}</td>
      <td>{figures.unanswered}</td>
      <td>{figures.failed}</td>
      <td>{formatDuration(figures.talked)}</td>
    </tr>
  );
}

function Key({ by, value }: { by: FiguresBy; value: string }) {
  const { t } = useTranslation("admin/calls");
  const person = usePerson(by === "person" ? value : "");
  if (by === "person") return <>{person?.name ?? value}</>;
  if (by === "line") return <>{value || t("inside")}</>;
  const day = new Date(`${value}T00:00`);
  return <>{new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium" }).format(day)}</>;
}
