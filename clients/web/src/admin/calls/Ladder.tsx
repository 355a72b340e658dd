import { type CSSProperties, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Lane, Step } from "../../api/traces";
import styles from "./Calls.module.css";
import { arrowOf, numbered } from "./ladder";
import { sinceStart } from "./words";

interface Props {
  lanes: Lane[];
  steps: Step[];
}

/** Who said what to whom, top to bottom; a press on an arrow shows the whole message. */
export function Ladder({ lanes, steps }: Props) {
  const { t } = useTranslation("admin/calls");
  const first = steps[0]?.at ?? 0;
  return (
    <div className={styles.scroll} role="group" aria-label={t("ladder")} tabIndex={0}>
      <div
        className={styles.ladder}
        style={{ "--lanes": lanes.length } as CSSProperties}
        data-testid="ladder"
      >
        <div className={styles.lanes}>
          <span />
          {lanes.map((lane) => (
            <span key={lane.id} className={styles.lane} data-kind={lane.kind}>
              <strong>{lane.kind === "unisono" ? t("us") : lane.id}</strong>
              <span className={styles.address}>{lane.address}</span>
            </span>
          ))}
        </div>
        <ol role="list">
          {numbered(steps).map(({ number, step }) => (
            <Rung key={number} step={step} lanes={lanes} time={sinceStart(step.at, first)} />
          ))}
        </ol>
      </div>
    </div>
  );
}

function Rung({ step, lanes, time }: { step: Step; lanes: Lane[]; time: string }) {
  const { t } = useTranslation("admin/calls");
  const [open, setOpen] = useState(false);
  const arrow = arrowOf(step, lanes);
  const label = [step.label, step.sdp && "SDP", step.repeated && t("repeated")].filter(Boolean).join(" · ");
  const named = (id: string): string => (id === "unisono" ? t("us") : id);
  return (
    <li>
      <button
        type="button"
        className={styles.rung}
        aria-expanded={open}
        aria-label={t("step", { time, label, source: named(step.source), target: named(step.target) })}
        onClick={() => setOpen(!open)}
      >
        <span className={styles.time}>{time}</span>
        <span className={styles.lines}>
          {lanes.map((lane, place) => (
            <span key={lane.id} className={styles.line} style={{ gridColumn: `${2 * place + 1} / span 2` }} />
          ))}
          {arrow && (
            <span
              className={styles.arrow}
              data-towards={arrow.towards}
              data-refused={/^[456]/.test(step.label)}
              style={{ gridColumn: `${arrow.from} / ${arrow.to}` }}
            >
              <span className={styles.label}>{label}</span>
            </span>
          )}
        </span>
      </button>
      {open && (
        <div className={styles.message}>
          <p className={styles.address}>
            {[
              step.transport,
              step.local && `${step.local} ${step.source === "unisono" ? "→" : "←"}`,
              step.remote,
            ]
              .filter(Boolean)
              .join(" ")}
          </p>
          <pre tabIndex={0}>{step.text}</pre>
          {step.cut && <p className={styles.address}>{t("cut")}</p>}
        </div>
      )}
    </li>
  );
}
