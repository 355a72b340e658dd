import { Button, ToggleInput } from "@vector-im/compound-web";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../api/errors";
import { useNumberFormat } from "../numbers/numberFormat";
import { useStore } from "../state/store";
import { toast } from "../ui/toasts";
import styles from "../ui/Settings.module.css";
import own from "./Blocked.module.css";
import { blockedCallers, blockTyped, setBlocked } from "./blocked";

/** Whose calls from outside do not ring me. */
export function BlockedPage() {
  const { t } = useTranslation("blocking");
  const callers = useStore(blockedCallers);
  const withheld = useId();
  return (
    <>
      <section className={styles.section}>
        <p className={styles.hint}>{t("hint")}</p>
        <div className={own.row}>
          <label htmlFor={withheld}>{t("withheld")}</label>
          <ToggleInput
            id={withheld}
            checked={callers?.withheld ?? false}
            disabled={callers === null}
            onChange={(event) => change(null, event.target.checked)}
          />
        </div>
      </section>
      <section className={styles.section} aria-labelledby="blocked-numbers">
        <h2 id="blocked-numbers">{t("numbers")}</h2>
        <AddNumber />
        {callers !== null && <Numbers />}
      </section>
    </>
  );
}

function AddNumber() {
  const { t } = useTranslation("blocking");
  const [typed, setTyped] = useState("");
  const [error, setError] = useState<unknown>(null);
  const field = useId();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      await blockTyped(typed);
      setTyped("");
      setError(null);
    } catch (refusal) {
      setError(refusal);
    }
  };
  return (
    <form className={own.add} onSubmit={(event) => void submit(event)}>
      <label htmlFor={field} className="visually-hidden">
        {t("number")}
      </label>
      <input
        id={field}
        className={own.field}
        type="tel"
        placeholder={t("number")}
        maxLength={200}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <Button type="submit" kind="secondary" size="md" disabled={!typed.trim()}>
        {t("block")}
      </Button>
      {error !== null && (
        <p className={styles.error} role="alert">
          {errorWords(error)}
        </p>
      )}
    </form>
  );
}

function Numbers() {
  const { t } = useTranslation("blocking");
  const format = useNumberFormat();
  const numbers = useStore(blockedCallers)?.numbers ?? [];
  if (numbers.length === 0) return <p className={styles.hint}>{t("none")}</p>;
  return (
    <ul role="list" className={own.list}>
      {numbers.map(({ number, name }) => (
        <li key={number} className={own.row}>
          <span className={own.words}>
            <span>{name ?? format(number)}</span>
            {name !== null && <span className={styles.hint}>{format(number)}</span>}
          </span>
          <Button
            kind="tertiary"
            size="md"
            aria-label={t("unblock_one", { name: name ?? format(number) })}
            onClick={() => change(number, false)}
          >
            {t("unblock")}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function change(number: string | null, block: boolean): void {
  setBlocked(number, block).catch((refusal: unknown) => toast("error", errorWords(refusal)));
}
