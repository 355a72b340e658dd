import { Button } from "@vector-im/compound-web";
import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ForwardTarget, Services, Situation } from "../api/services";
import { PeerAvatar } from "../calls/PeerAvatar";
import { type NumberFormat, useNumberFormat } from "../numbers/numberFormat";
import { secondsOffered } from "./changes";
import styles from "./Services.module.css";
import { switchServices } from "./services";
import { SwitchRow } from "./SwitchRow";
import { TargetDialog } from "./TargetDialog";
import { targetName, troubleWords } from "./words";

interface Props {
  services: Services;
  situation: Situation;
  /** What else belongs to it. */
  children?: ReactNode;
}

/** One situation: its switch, to whom calls go then, and what is wrong with that. */
export function ForwardRow({ services, situation, children }: Props) {
  const { t } = useTranslation("services");
  const [choosing, setChoosing] = useState(false);
  const { on, target } = services[situation];
  const trouble = services.troubles.find((each) => each.situation === situation);
  const onSwitch = (next: boolean): void => {
    // There is nothing to switch on before somebody is chosen.
    if (next && target === null) setChoosing(true);
    else void switchServices({ [situation]: { on: next } });
  };
  return (
    <SwitchRow label={t(`when_${situation}`)} hint={t(`when_${situation}_hint`)} on={on} onSwitch={onSwitch}>
      {target && (
        <div className={styles.then}>
          <To target={target} />
          <Button
            kind="tertiary"
            size="md"
            className={styles.change ?? ""}
            aria-label={t("change_of", { situation: t(`when_${situation}`) })}
            onClick={() => setChoosing(true)}
          >
            {t("change")}
          </Button>
        </div>
      )}
      {target && situation === "no_answer" && <Seconds services={services} />}
      {target && children}
      <div role="status">{on && trouble && <p className={styles.trouble}>{troubleWords(trouble, t)}</p>}</div>
      {choosing && <TargetDialog situation={situation} onClose={() => setChoosing(false)} />}
    </SwitchRow>
  );
}

function To({ target }: { target: ForwardTarget }) {
  const { t } = useTranslation("services");
  const format = useNumberFormat();
  const name = targetName(target, format, t);
  const number = numberOf(target, format);
  return (
    <span className={styles.to}>
      {target.kind !== "nobody" && (
        <PeerAvatar userId={target.kind === "colleague" ? target.user_id : null} name={name} size={36} />
      )}
      <span className={styles.who}>
        <span className="visually-hidden">{t("goes_to")} </span>
        <span className={styles.name}>{name}</span>
        {number && number !== name && <span className={styles.number}>{number}</span>}
      </span>
    </span>
  );
}

function numberOf(target: ForwardTarget, format: NumberFormat): string | null {
  if (target.kind === "voicemail" || target.kind === "nobody") return null;
  return target.kind === "colleague" ? target.number : format(target.shown);
}

function Seconds({ services }: { services: Services }) {
  const { t } = useTranslation("services");
  const id = useId();
  const { on, after } = services.no_answer;
  return (
    <div className={styles.seconds}>
      <label htmlFor={id}>{t("after")}</label>
      <select
        id={id}
        className={styles.select}
        value={after}
        onChange={(event) => void switchServices({ no_answer: { on, after: Number(event.target.value) } })}
      >
        {secondsOffered(after, services.after_most).map((seconds) => (
          <option key={seconds} value={seconds}>
            {t("seconds", { count: seconds })}
          </option>
        ))}
      </select>
    </div>
  );
}
