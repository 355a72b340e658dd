import MinusIcon from "@vector-im/compound-design-tokens/assets/web/icons/minus";
import PlusIcon from "@vector-im/compound-design-tokens/assets/web/icons/plus";
import { Button, IconButton } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { meetings } from "../../api/meetings";
import { Segments } from "../../app/Segments";
import { useStore } from "../../state/store";
import { meeting } from "../session/meeting";
import styles from "./Breakouts.module.css";
import { DivisionError } from "./DivisionError";
import { PersonRow } from "./PersonRow";
import { assigned, firstPlan, MOST_ROOMS, planned, type Plan, put, renamed, resized, wanted } from "./plan";

const WAYS = ["evenly", "random", "hand"] as const;
const MINUTES = [5, 10, 15, 20, 30, 45, 60, 90];
const LONGEST_NAME = 60;

interface Person {
  id: string;
  name: string;
  me: boolean;
}

interface Props {
  meetingId: string;
  /** In the order of joining, oneself first. */
  people: readonly Person[];
}

/** How many rooms, who goes where, and for how long. */
export function Planning({ meetingId, people }: Props) {
  const { t } = useTranslation("meetings/breakouts");
  // Whoever divides the meeting stays, unless they put themselves into a room.
  const others = people.filter((each) => !each.me).map((each) => each.id);
  const [plan, setPlan] = usePlan(meetingId, others.length);
  const [minutes, setMinutes] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const rooms = assigned(plan, others);
  const unnamed = plan.names.some((name) => name.trim() === "");
  const open = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    const there = new Set(people.map((each) => each.id));
    try {
      await meetings.divide(meetingId, { breakouts: wanted(plan, others, there), minutes });
    } catch (refusal) {
      setError(refusal);
    }
    setBusy(false);
  };
  const choose = (how: Plan["how"]): void => {
    if (how === "hand") setPlan({ ...plan, how, byHand: Object.fromEntries(rooms) });
    else setPlan({ ...plan, how, seed: freshSeed() });
  };
  const row = (person: Person) => (
    <PersonRow
      key={person.id}
      person={person}
      rooms={plan.names.map((name, index) => ({ id: String(index), name }))}
      value={rooms.get(person.id)?.toString() ?? null}
      onChoose={(room) => setPlan(put(plan, others, person.id, room === null ? null : Number(room)))}
    />
  );
  const rest = people.filter((each) => !rooms.has(each.id));
  return (
    <>
      <div className={styles.scroller}>
        <div className={styles.setting}>
          <span id="breakouts-count">{t("count")}</span>
          <span className={styles.stepper} role="group" aria-labelledby="breakouts-count">
            <IconButton
              size="32px"
              aria-label={t("fewer")}
              disabled={plan.names.length <= 1}
              onClick={() => setPlan(resized(plan, plan.names.length - 1, (number) => t("room", { number })))}
            >
              <MinusIcon />
            </IconButton>
            <output className={styles.number} data-testid="room-count">
              {plan.names.length}
            </output>
            <IconButton
              size="32px"
              aria-label={t("more")}
              disabled={plan.names.length >= MOST_ROOMS}
              onClick={() => setPlan(resized(plan, plan.names.length + 1, (number) => t("room", { number })))}
            >
              <PlusIcon />
            </IconButton>
          </span>
        </div>
        <Segments
          label={t("assign")}
          values={WAYS}
          value={plan.how}
          words={(how) => t(`assign_${how}`)}
          onChoose={choose}
        />
        <label className={styles.setting}>
          <span>{t("minutes")}</span>
          <select
            className={styles.select}
            value={minutes ?? ""}
            onChange={(event) => setMinutes(Number(event.target.value) || null)}
          >
            <option value="">{t("no_end")}</option>
            {MINUTES.map((each) => (
              <option key={each} value={each}>
                {t("minutes_of", { count: each })}
              </option>
            ))}
          </select>
        </label>
        {plan.names.map((name, index) => (
          // Rooms are known by their place in the plan.
          // oxlint-disable-next-line react/no-array-index-key
          <section key={index} className={styles.room} aria-label={name} data-testid="planned-room">
            <input
              className={styles.name}
              aria-label={t("name_of", { number: index + 1 })}
              maxLength={LONGEST_NAME}
              value={name}
              onChange={(event) => setPlan(renamed(plan, index, event.target.value))}
            />
            <ul role="list" className={styles.people}>
              {people.filter((each) => rooms.get(each.id) === index).map(row)}
            </ul>
          </section>
        ))}
        {rest.length > 0 && (
          <section className={styles.room} aria-label={t("main_room")}>
            <h4 className={styles.heading}>{t("main_room")}</h4>
            <ul role="list" className={styles.people}>
              {rest.map(row)}
            </ul>
          </section>
        )}
        {others.length === 0 && <p className={styles.hint}>{t("nobody_yet")}</p>}
      </div>
      <footer className={styles.foot}>
        <DivisionError error={error} />
        <Button size="md" disabled={busy || unnamed} onClick={() => void open()}>
          {t("open", { count: plan.names.length })}
        </Button>
      </footer>
    </>
  );
}

const freshSeed = (): number => Math.random();

/** The plan of this meeting; while nobody has touched it, it follows how many people there are. */
function usePlan(meetingId: string, people: number): [Plan, (plan: Plan) => void] {
  const { t } = useTranslation("meetings/breakouts");
  // Another meeting, or the same one on another day, is planned anew.
  const key = `${meetingId} ${meeting.get()?.joinedAt}`;
  const known = useStore(planned);
  const plan = known?.key === key ? known.plan : firstPlan(people, (number) => t("room", { number }));
  return [plan, (next) => planned.set({ key, plan: next })];
}
