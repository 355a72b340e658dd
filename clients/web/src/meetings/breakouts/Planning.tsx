import MinusIcon from "@vector-im/compound-design-tokens/assets/web/icons/minus";
import PlusIcon from "@vector-im/compound-design-tokens/assets/web/icons/plus";
import { Button, IconButton } from "@vector-im/compound-web";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { meetings } from "../../api/meetings";
import { Segments } from "../../ui/Segments";
import { useStore } from "../../state/store";
import { meeting } from "../session/meeting";
import styles from "./Breakouts.module.css";
import { DivisionError } from "./DivisionError";
import { PersonRow } from "./PersonRow";
import { assigned, firstPlan, MOST_ROOMS, planned, type Plan, put, renamed, resized, wanted } from "./plan";
import type { Person } from "./whereabouts";

const WAYS = ["evenly", "random", "hand"] as const;
const MINUTES = [5, 10, 15, 20, 30, 45, 60, 90];
const LONGEST_NAME = 60;

interface Props {
  meetingId: string;
  /** In the order of joining. */
  people: readonly Person[];
}

/** How many rooms, who goes where, and for how long. */
export function Planning({ meetingId, people }: Props) {
  const { t } = useTranslation("meetings/breakouts");
  // Whoever divides the meeting stays, unless they put themselves into a room.
  const others = people.filter((each) => !each.me).map((each) => each.id);
  const [plan, setPlan] = usePlan(meetingId, others.length);
  const [minutes, setMinutes] = useState<number | null>(null);
  const choose = (how: Plan["how"]): void => {
    if (how === "hand") setPlan({ ...plan, how, byHand: Object.fromEntries(assigned(plan, others)) });
    else setPlan({ ...plan, how, seed: freshSeed() });
  };
  const open = (): Promise<unknown> => {
    const there = new Set(people.map((each) => each.id));
    return meetings.divide(meetingId, { breakouts: wanted(plan, others, there), minutes });
  };
  return (
    <>
      <div className={styles.scroller}>
        <Count
          value={plan.names.length}
          onChange={(count) => setPlan(resized(plan, count, (number) => t("room", { number })))}
        />
        <Segments
          label={t("assign")}
          values={WAYS}
          value={plan.how}
          words={(how) => t(`assign_${how}`)}
          onChoose={choose}
        />
        <Minutes value={minutes} onChoose={setMinutes} />
        <PlannedRooms plan={plan} people={people} others={others} onPlan={setPlan} />
        {others.length === 0 && <p className={styles.hint}>{t("nobody_yet")}</p>}
      </div>
      <Opening plan={plan} open={open} />
    </>
  );
}

function Count({ value, onChange }: { value: number; onChange: (count: number) => void }) {
  const { t } = useTranslation("meetings/breakouts");
  const id = useId();
  return (
    <div className={styles.setting}>
      <span id={id}>{t("count")}</span>
      <span className={styles.stepper} role="group" aria-labelledby={id}>
        <IconButton
          size="32px"
          aria-label={t("fewer")}
          disabled={value <= 1}
          onClick={() => onChange(value - 1)}
        >
          <MinusIcon />
        </IconButton>
        <output className={styles.number} data-testid="room-count">
          {value}
        </output>
        <IconButton
          size="32px"
          aria-label={t("more")}
          disabled={value >= MOST_ROOMS}
          onClick={() => onChange(value + 1)}
        >
          <PlusIcon />
        </IconButton>
      </span>
    </div>
  );
}

function Minutes({ value, onChoose }: { value: number | null; onChoose: (minutes: number | null) => void }) {
  const { t } = useTranslation("meetings/breakouts");
  return (
    <label className={styles.setting}>
      <span>{t("minutes")}</span>
      <select
        className={styles.select}
        value={value ?? ""}
        onChange={(event) => onChoose(Number(event.target.value) || null)}
      >
        <option value="">{t("no_end")}</option>
        {MINUTES.map((each) => (
          <option key={each} value={each}>
            {t("minutes_of", { count: each })}
          </option>
        ))}
      </select>
    </label>
  );
}

interface RoomsProps {
  plan: Plan;
  people: readonly Person[];
  /** Those who are divided of themselves. */
  others: readonly string[];
  onPlan: (plan: Plan) => void;
}

/** The rooms with their names and people, and at the end who stays in the main room. */
function PlannedRooms({ plan, people, others, onPlan }: RoomsProps) {
  const { t } = useTranslation("meetings/breakouts");
  // Who was put elsewhere stands in another list, and the focus with them.
  const [last, setLast] = useState<string | null>(null);
  const rooms = assigned(plan, others);
  const options = plan.names.map((name, index) => ({ id: String(index), name }));
  const listOf = (room: number | undefined): ReactNode =>
    people
      .filter((each) => rooms.get(each.id) === room)
      .map((person) => (
        <PersonRow
          key={person.id}
          person={person}
          rooms={options}
          value={room === undefined ? null : String(room)}
          focused={person.id === last}
          onChoose={(to) => {
            setLast(person.id);
            onPlan(put(plan, others, person.id, to === null ? null : Number(to)));
          }}
        />
      ));
  return (
    <>
      {plan.names.map((name, index) => (
        // Rooms are known by their place in the plan.
        // oxlint-disable-next-line react/no-array-index-key
        <section key={index} className={styles.room} aria-label={name} data-testid="planned-room">
          <input
            className={styles.name}
            aria-label={t("name_of", { number: index + 1 })}
            maxLength={LONGEST_NAME}
            value={name}
            onChange={(event) => onPlan(renamed(plan, index, event.target.value))}
          />
          <ul role="list" className={styles.people}>
            {listOf(index)}
          </ul>
        </section>
      ))}
      <section className={styles.room} aria-label={t("main_room")}>
        <h4 className={styles.heading}>{t("main_room")}</h4>
        <ul role="list" className={styles.people}>
          {listOf(undefined)}
        </ul>
      </section>
    </>
  );
}

/** The button that opens the rooms, and why it could not. */
function Opening({ plan, open }: { plan: Plan; open: () => Promise<unknown> }) {
  const { t } = useTranslation("meetings/breakouts");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const unnamed = plan.names.some((name) => name.trim() === "");
  const press = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    // That the rooms are open comes with the server's events.
    await open().catch(setError);
    setBusy(false);
  };
  return (
    <footer className={styles.foot}>
      <DivisionError error={error} />
      <Button size="md" disabled={busy || unnamed} onClick={() => void press()}>
        {t("open", { count: plan.names.length })}
      </Button>
    </footer>
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
