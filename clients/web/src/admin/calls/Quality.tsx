import { useTranslation } from "react-i18next";
import type { CallOfAnybody } from "../../api/traces";
import type { Heard, SideTrouble } from "../../api/types";
import { dateLocale } from "../../ui/dates";
import admin from "../Admin.module.css";
import styles from "./Calls.module.css";
import { Fact } from "./Fact";

/** How each side was heard, and what was wrong with the sound; nothing where nothing is known. */
export function Quality({ call }: { call: CallOfAnybody }) {
  const { t } = useTranslation("admin/calls");
  const { caller, callee, troubles } = call.sound;
  if (!caller && !callee && troubles.length === 0) return null;
  return (
    <div className={styles.part} data-testid="quality">
      <h2>{t("quality")}</h2>
      {troubles.length > 0 && (
        <ul role="list">
          {troubles.map((trouble) => (
            <Trouble key={`${trouble.since} ${trouble.side}`} trouble={trouble} />
          ))}
        </ul>
      )}
      <div className={styles.paths}>
        {caller && <Direction title={t("heard_caller")} heard={caller} />}
        {callee && <Direction title={t("heard_callee")} heard={callee} />}
      </div>
    </div>
  );
}

function Direction({ title, heard }: { title: string; heard: Heard }) {
  const { t } = useTranslation("admin/calls");
  const mos = new Intl.NumberFormat(dateLocale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const share = new Intl.NumberFormat(dateLocale(), { style: "percent", maximumFractionDigits: 1 });
  const when = new Intl.DateTimeFormat(dateLocale(), { timeStyle: "medium" });
  return (
    <dl className={styles.path}>
      <Fact name={title} value={t(word(heard.mos_mean))} />
      <Fact name={t("mos")} value={mos.format(heard.mos_mean)} />
      <Fact name={t("mos_worst")} value={`${mos.format(heard.mos_min)} (${when.format(heard.worst_at)})`} />
      <Fact name={t("lost")} value={share.format(heard.loss)} />
      <Fact name={t("jitter")} value={`${heard.jitter_ms} ms`} />
    </dl>
  );
}

function Trouble({ trouble }: { trouble: SideTrouble }) {
  const { t } = useTranslation("admin/calls");
  const when = new Intl.DateTimeFormat(dateLocale(), { timeStyle: "medium" });
  const until = trouble.until === null ? "" : ` – ${when.format(trouble.until)}`;
  return (
    <li className={admin.wrap}>
      <strong>{t(`trouble_${trouble.fault}_${trouble.side}`)}</strong> {t(`why_${trouble.why}`)}{" "}
      <span className={admin.about}>
        {when.format(trouble.since)}
        {until}
      </span>
    </li>
  );
}

/** G.107, Annex B, in three words. */
export function word(mos: number): "quality_good" | "quality_weak" | "quality_bad" {
  if (mos >= 4.03) return "quality_good";
  return mos > 3.1 ? "quality_weak" : "quality_bad";
}
