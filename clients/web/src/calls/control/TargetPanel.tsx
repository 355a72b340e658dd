import DialPadIcon from "@vector-im/compound-design-tokens/assets/web/icons/dial-pad";
import { Button } from "@vector-im/compound-web";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { cleanDialled } from "../../numbers/number";
import { useNumberFormat } from "../../numbers/numberFormat";
import { usePeople } from "../../people/people";
import { presences } from "../../people/presence";
import { useSearch } from "../../people/useSearch";
import { useMe } from "../../session/session";
import { useStore } from "../../state/store";
import { Keys } from "../../ui/Keys";
import { RoundButton } from "../../ui/RoundButton";
import { SearchField } from "../../ui/SearchField";
import type { CallSnapshot } from "../call";
import { PeerAvatar } from "../PeerAvatar";
import { closePanel } from "../island/panel";
import { add, transfer } from "./commands";
import { consult } from "./consults";
import { liveCalls, liveOf } from "./live";
import styles from "./TargetPanel.module.css";
import { colleagueTargets, type Target, targetsOf } from "./targets";

interface Props {
  call: CallSnapshot;
  kind: "transfer" | "add";
}

/** Whom a call is given to, or who is called into it: found by name or number, typed or pressed. */
export function TargetPanel({ call, kind }: Props) {
  const { t } = useTranslation("calls");
  const me = useMe();
  const [text, setText] = useState("");
  const [keys, setKeys] = useState(false);
  const [busy, setBusy] = useState(false);
  const found = useSearch(text, me.user_id);
  const members = liveOf(call, useStore(liveCalls))?.members ?? [];
  const there = [call.peer.userId, ...members.map(({ party }) => party.user_id)].filter((id) => id !== null);
  const colleagues = useColleagueTargets([me.user_id, ...there]);
  const empty = text.trim() === "";
  const hits = targetsOf(text, found.hits).filter(({ userId }) => userId === null || !there.includes(userId));
  const targets = empty ? colleagues : hits;
  const run = async (action: Promise<unknown>): Promise<void> => {
    setBusy(true);
    if (await action) closePanel();
    setBusy(false);
  };
  const first = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    // The choice stays the person's: Enter leads to it.
    event.currentTarget.querySelector<HTMLButtonElement>("li button")?.focus();
  };
  return (
    <form className={styles.panel} onSubmit={first}>
      <div className={styles.search}>
        <SearchField
          label={t("target_search")}
          value={text}
          onChange={(value) => setText(cleanDialled(value))}
          onEnter={() => document.querySelector<HTMLButtonElement>(`.${styles.rows} button`)?.focus()}
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
      <ul role="list" className={styles.rows} aria-label={t("target_found")}>
        {targets.map((target) => (
          <Row key={target.key} target={target}>
            {kind === "transfer" ? (
              <>
                <Action
                  label={t("talk_first")}
                  name={target.name}
                  busy={busy}
                  onClick={() => void run(consult(call.id, target))}
                />
                <Action
                  label={t("transfer_now")}
                  name={target.name}
                  busy={busy}
                  primary
                  onClick={() => void run(transfer(call.id, target))}
                />
              </>
            ) : (
              <Action
                label={t("add_now")}
                name={target.name}
                busy={busy}
                primary
                onClick={() => void run(add(call.id, target))}
              />
            )}
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

function Row({ target, children }: { target: Target; children: React.ReactNode }) {
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

function Action({ label, name, busy, primary = false, onClick }: ActionProps) {
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
  const known = useStore(presences);
  const key = without.join(" ");
  return useMemo(() => colleagueTargets(list, known, key.split(" ")), [list, known, key]);
}
