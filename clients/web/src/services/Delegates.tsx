import { Button } from "@vector-im/compound-web";
import { useEffect, useId } from "react";
import { useTranslation } from "react-i18next";
import { type Delegate, delegatesApi, type Principal, RIGHTS, RINGS, type Rings } from "../api/delegates";
import { errorWords } from "../api/errors";
import { onServerEvent } from "../api/events";
import { PeerAvatar } from "../calls/PeerAvatar";
import { useMe } from "../session/session";
import settings from "../ui/Settings.module.css";
import { toast } from "../ui/toasts";
import { useLoaded } from "../ui/useLoaded";
import { ColleaguePicker } from "./ColleaguePicker";
import styles from "./Services.module.css";

/** As many as the house takes. */
const MOST = 5;
/** Seconds for which one's own devices may ring alone. */
const AFTER = [0, 5, 10, 15, 20, 30];

/** Colleagues who answer for me, and when their devices ring; and for whom I do. */
export function Delegates() {
  const { t } = useTranslation("services");
  const { user_id: me } = useMe();
  const { value, set, load } = useLoaded(delegatesApi.list);
  useEffect(() => onServerEvent("delegates", load), [load]);
  if (!value) return null;
  const { delegates, principals } = value;
  const change = async (wanted: readonly Delegate[]): Promise<void> => {
    set((before) => ({ ...before, delegates: [...wanted] }));
    try {
      const named = wanted.map(({ person, ...more }) => ({ user_id: person.user_id ?? "", ...more }));
      const now = await delegatesApi.put(named);
      set(() => now);
    } catch (error) {
      set((before) => ({ ...before, delegates }));
      toast("error", errorWords(error));
    }
  };
  const stepDown = async (userId: string): Promise<void> => {
    try {
      const now = await delegatesApi.stepDown(userId);
      set(() => now);
    } catch (error) {
      toast("error", errorWords(error));
    }
  };
  const named = delegates.map(({ person }) => person.user_id ?? "");
  const replace = (one: Delegate, next: Partial<Delegate>): void =>
    void change(delegates.map((each) => (each === one ? { ...one, ...next } : each)));
  return (
    <section className={settings.section} data-testid="delegates">
      <div>
        <h2>{t("delegates")}</h2>
        <p className={settings.hint}>{t("delegates_hint")}</p>
      </div>
      {delegates.map((one) => (
        <Row
          key={one.person.user_id}
          delegate={one}
          onChange={(next) => replace(one, next)}
          onRemove={() => void change(delegates.filter((each) => each !== one))}
        />
      ))}
      {delegates.length > 0 && <RightsTable delegates={delegates} onChange={replace} />}
      {delegates.length < MOST && (
        <ColleaguePicker
          without={[me, ...named]}
          onChoose={({ user_id: userId, name, extensions: [number] }) =>
            void change([
              ...delegates,
              {
                person: { user_id: userId, name, number: number ?? null },
                rings: "unanswered",
                after: 0,
                answers: true,
                calls: false,
                sees: true,
              },
            ])
          }
        />
      )}
      {principals.map((one) => (
        <PrincipalRow
          key={one.person.user_id}
          principal={one}
          onStepDown={() => void stepDown(one.person.user_id ?? "")}
        />
      ))}
    </section>
  );
}

/** What each may. */
function RightsTable({
  delegates,
  onChange,
}: {
  delegates: readonly Delegate[];
  onChange: (one: Delegate, next: Partial<Delegate>) => void;
}) {
  const { t } = useTranslation("services");
  return (
    <table className={styles.rights} data-testid="delegate-rights">
      <caption>{t("delegate_rights")}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">{t("delegates")}</span>
          </th>
          {RIGHTS.map((right) => (
            <th key={right} scope="col">
              {t(`delegate_right_${right}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {delegates.map((one) => (
          <tr key={one.person.user_id}>
            <th scope="row">{one.person.name}</th>
            {RIGHTS.map((right) => (
              <td key={right}>
                <label className={styles.right}>
                  <input
                    type="checkbox"
                    aria-label={`${one.person.name}: ${t(`delegate_right_${right}`)}`}
                    checked={one[right]}
                    onChange={() => onChange(one, { [right]: !one[right] })}
                  />
                </label>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Whom I help, with what, and my way out. */
function PrincipalRow({ principal, onStepDown }: { principal: Principal; onStepDown: () => void }) {
  const { t } = useTranslation("services");
  const { person } = principal;
  const mine = RIGHTS.filter((right) => principal[right]).map((right) => t(`delegate_may_${right}`));
  return (
    <div className={styles.delegate}>
      <div className={styles.then}>
        <span className={styles.to}>
          <PeerAvatar userId={person.user_id} name={person.name} size={36} />
          <span className={styles.who}>
            <span className={styles.name}>{t("delegate_of", { name: person.name })}</span>
            <span className={`${styles.number} ${styles.may}`}>
              {mine.join(" · ") || t("delegate_may_nothing")}
            </span>
          </span>
        </span>
        <Button
          kind="tertiary"
          size="md"
          destructive
          aria-label={t("delegate_step_down_of", { name: person.name })}
          onClick={onStepDown}
        >
          {t("delegate_step_down")}
        </Button>
      </div>
    </div>
  );
}

interface RowProps {
  delegate: Delegate;
  onChange: (next: Partial<Pick<Delegate, "rings" | "after">>) => void;
  onRemove: () => void;
}

function Row({ delegate: { person, rings, after }, onChange, onRemove }: RowProps) {
  const { t } = useTranslation("services");
  const id = useId();
  return (
    <div className={styles.delegate}>
      <div className={styles.then}>
        <span className={styles.to}>
          <PeerAvatar userId={person.user_id} name={person.name} size={36} />
          <span className={styles.who}>
            <span className={styles.name}>{person.name}</span>
            {person.number && <span className={styles.number}>{person.number}</span>}
          </span>
        </span>
        <Button
          kind="tertiary"
          size="md"
          destructive
          aria-label={t("delegate_remove_of", { name: person.name })}
          onClick={onRemove}
        >
          {t("delegate_remove")}
        </Button>
      </div>
      <div className={styles.seconds}>
        <label htmlFor={id}>{t("delegate_rings")}</label>
        <select
          id={id}
          className={styles.select}
          value={rings}
          onChange={(event) => onChange({ rings: event.target.value as Rings })}
        >
          {RINGS.map((each) => (
            <option key={each} value={each}>
              {t(`delegate_rings_${each}`)}
            </option>
          ))}
        </select>
        {rings === "with" && (
          <select
            className={styles.select}
            aria-label={t("delegate_after_of", { name: person.name })}
            value={after}
            onChange={(event) => onChange({ after: Number(event.target.value) })}
          >
            {[...new Set([...AFTER, after])]
              .toSorted((one, other) => one - other)
              .map((seconds) => (
                <option key={seconds} value={seconds}>
                  {seconds === 0 ? t("delegate_at_once") : t("delegate_after", { count: seconds })}
                </option>
              ))}
          </select>
        )}
      </div>
    </div>
  );
}
