import DialPadIcon from "@vector-im/compound-design-tokens/assets/web/icons/dial-pad";
import { Button } from "@vector-im/compound-web";
import { type FormEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cleanDialled } from "../../numbers/number";
import { useNumberFormat } from "../../numbers/numberFormat";
import { usePeople } from "../../people/people";
import { useSearch } from "../../people/useSearch";
import { useMe } from "../../session/session";
import { Keys } from "../../ui/Keys";
import { RoundButton } from "../../ui/RoundButton";
import { SearchField } from "../../ui/SearchField";
import { PeerAvatar } from "../PeerAvatar";
import styles from "./TargetSearch.module.css";
import { colleagueTargets, type Target, targetsOf } from "./targets";

interface Props {
  /** Those who are not offered beside me, by their Matrix ids. */
  without?: readonly string[];
  /** What can be done with each that is found: the buttons beside it. */
  renderActions: (target: Target) => ReactNode;
}

const NOBODY: readonly string[] = [];

/** Finds whom a call may go to, by name or number, typed or pressed. */
export function TargetSearch({ without = NOBODY, renderActions }: Props) {
  const { t } = useTranslation("calls");
  const me = useMe().user_id;
  const rows = useRef<HTMLUListElement>(null);
  const [text, setText] = useState("");
  const [keys, setKeys] = useState(false);
  const found = useSearch(text, me);
  const colleagues = useColleagueTargets([me, ...without]);
  const empty = text.trim() === "";
  const hits = targetsOf(text, found.hits).filter(
    ({ userId }) => userId === null || !without.includes(userId),
  );
  const targets = empty ? colleagues : hits;
  // The choice stays the person's: Enter leads to it.
  const toFirst = (): void => rows.current?.querySelector<HTMLButtonElement>("button")?.focus();
  return (
    <form
      className={styles.panel}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        toFirst();
      }}
    >
      <div className={styles.search}>
        <SearchField
          label={t("target_search")}
          value={text}
          onChange={(value) => setText(cleanDialled(value))}
          onEnter={toFirst}
        />
        <RoundButton
          Icon={DialPadIcon}
          label={t("keypad")}
          kind="quiet"
          pressed={keys}
          onClick={() => setKeys(!keys)}
        />
      </div>
      {keys && <Keys onKey={(key) => setText(text + key)} onLongZero={() => setText(`${text}+`)} />}
      <ul ref={rows} role="list" className={styles.rows} aria-label={t("target_found")}>
        {targets.map((target) => (
          <Row key={target.key} target={target}>
            {renderActions(target)}
          </Row>
        ))}
      </ul>
      <p className={styles.note} role="status">
        {!empty && found.query !== "" && targets.length === 0 && t("target_none")}
        {found.failed && t("target_failed")}
      </p>
    </form>
  );
}

function Row({ target, children }: { target: Target; children: ReactNode }) {
  const format = useNumberFormat();
  const { name, to, userId } = target;
  return (
    <li className={styles.row}>
      <PeerAvatar userId={userId} name={name} size={36} presence />
      <span className={styles.words}>
        <span className={styles.name}>{format(name)}</span>
        {format(name) !== format(to) && <span className={styles.number}>{format(to)}</span>}
      </span>
      <span className={styles.actions}>{children}</span>
    </li>
  );
}

interface ActionProps {
  label: string;
  name: string;
  busy: boolean;
  primary?: boolean;
  onClick: () => void;
}

/** A button beside somebody who was found; whose it is stands in its words for screen readers. */
export function TargetAction({ label, name, busy, primary = false, onClick }: ActionProps) {
  return (
    <Button
      type="button"
      kind={primary ? "primary" : "tertiary"}
      size="md"
      className={styles.action ?? ""}
      disabled={busy}
      onClick={onClick}
    >
      {label}
      <span className="visually-hidden">: {name}</span>
    </Button>
  );
}

function useColleagueTargets(without: string[]): Target[] {
  const { list } = usePeople();
  const key = without.join(" ");
  return useMemo(() => colleagueTargets(list, key.split(" ")), [list, key]);
}
