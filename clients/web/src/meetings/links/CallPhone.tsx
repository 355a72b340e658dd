import { Button } from "@vector-im/compound-web";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-solid";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../../api/errors";
import type { Meeting } from "../../api/meetings";
import { SearchField } from "../../ui/SearchField";
import { useNumberFormat } from "../../numbers/numberFormat";
import { useSearch } from "../../people/useSearch";
import { cleanDialled } from "../../numbers/number";
import { useMe } from "../../session/session";
import { opennessOf } from "../matrix/secrets";
import { callPhone } from "../visitors/visitors";
import { callable, type Callable } from "./callable";
import styles from "./Links.module.css";

/** Calls a telephone into the meeting: a number, or somebody by name, found as the dial box finds them. */
export function CallPhone({ meeting }: { meeting: Meeting }) {
  const { t } = useTranslation("meetings/links");
  const me = useMe();
  const format = useNumberFormat();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [called, setCalled] = useState("");
  const found = useSearch(text, me.user_id);
  const rows = callable(text, found.hits);
  const call = async (row: Callable): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await callPhone(meeting.id, row.number, meeting.encrypted ? opennessOf(meeting.room_id) : {});
      setCalled(row.name);
      setText("");
    } catch (refusal) {
      setError(refusal);
    }
    setBusy(false);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (rows[0]) void call(rows[0]);
  };
  return (
    <section className={styles.way} aria-labelledby="share-call">
      <h3 id="share-call">{t("call_phone")}</h3>
      <p className={styles.about}>{t(meeting.encrypted ? "call_phone_encrypted" : "call_phone_about")}</p>
      <form onSubmit={submit} className={styles.callForm}>
        <SearchField
          label={t("call_search")}
          value={text}
          onChange={(value) => setText(cleanDialled(value))}
          onEnter={() => rows[0] && void call(rows[0])}
        />
        <Rows rows={rows} busy={busy} onCall={(row) => void call(row)} />
        <p className={styles.about} role="status">
          {text.trim() !== "" && found.query !== "" && rows.length === 0 && t("call_none")}
          {text === "" && called !== "" && t("calling", { name: format(called) })}
        </p>
      </form>
      <div role="alert">{error !== null && <p className={styles.error}>{errorWords(error)}</p>}</div>
    </section>
  );
}

interface RowsProps {
  rows: readonly Callable[];
  busy: boolean;
  onCall: (row: Callable) => void;
}

function Rows({ rows, busy, onCall }: RowsProps) {
  const { t } = useTranslation("meetings/links");
  const format = useNumberFormat();
  return (
    <ul role="list" className={styles.links} aria-label={t("call_found")}>
      {rows.map((row) => (
        <li key={row.key} className={styles.link}>
          <span className={styles.words}>
            {format(row.name)}
            {row.name !== row.number && <span className={styles.about}>{format(row.number)}</span>}
          </span>
          <Button
            size="md"
            kind="secondary"
            Icon={VoiceCallIcon}
            disabled={busy}
            aria-label={t("call_named", { name: format(row.name) })}
            onClick={() => onCall(row)}
          >
            {t("call")}
          </Button>
        </li>
      ))}
    </ul>
  );
}
