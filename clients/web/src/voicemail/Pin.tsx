import { Button } from "@vector-im/compound-web";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { type Mailbox, voicemail } from "../api/voicemail";
import { toast } from "../ui/toasts";
import styles from "./Greetings.module.css";
import { mailbox } from "./mailbox";

/** The PIN with which the messages are heard from any telephone. */
export function Pin({ chosen }: { chosen: boolean }) {
  const { t } = useTranslation("voicemail");
  const id = useId();
  const [pin, setPin] = useState("");
  const [unusable, setUnusable] = useState(false);
  const change = async (changed: Promise<Mailbox>): Promise<void> => {
    setUnusable(false);
    try {
      mailbox.set({ status: "ready", mailbox: await changed });
      setPin("");
    } catch (error) {
      if (error instanceof ApiError && error.code === "unusable_pin") setUnusable(true);
      else toast("error", t("not_done"));
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void change(voicemail.choosePin(pin));
  };
  return (
    <details className={styles.greetings} data-testid="pin">
      <summary>{t("pin")}</summary>
      <p className={styles.hint} id={`${id}-hint`}>
        {t("pin_hint")}
      </p>
      <form className={styles.row} onSubmit={submit}>
        <label htmlFor={id}>{t(chosen ? "pin_other" : "pin_new")}</label>
        <input
          id={id}
          className={styles.pin}
          type="password"
          inputMode="numeric"
          autoComplete="off"
          minLength={6}
          maxLength={10}
          pattern="[0-9]*"
          required
          value={pin}
          aria-describedby={`${id}-hint`}
          aria-invalid={unusable || undefined}
          onChange={(event) => setPin(event.target.value)}
        />
        <Button kind="secondary" size="md" type="submit">
          {t("pin_save")}
        </Button>
        {chosen && (
          <Button kind="tertiary" size="md" type="button" onClick={() => void change(voicemail.removePin())}>
            {t("pin_remove")}
          </Button>
        )}
      </form>
      <div role="alert">{unusable && <p className={styles.trouble}>{t("pin_unusable")}</p>}</div>
    </details>
  );
}
