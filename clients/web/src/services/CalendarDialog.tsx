import { Button, Form } from "@vector-im/compound-web";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Calendars, calendarsApi, type FoundCalendar } from "../api/calendars";
import { errorWords } from "../api/errors";
import { Dialog } from "../ui/Dialog";
import settings from "../ui/Settings.module.css";
import styles from "./Services.module.css";

interface Props {
  onClose: () => void;
  onAdded: (now: Calendars) => void;
}

/** Adds a calendar: it is tried at once, and of an account with several it is asked for which. */
export function CalendarDialog({ onClose, onAdded }: Props) {
  const { t } = useTranslation("services");
  const form = useId();
  const [typed, setTyped] = useState({ address: "", user: "", password: "" });
  const [found, setFound] = useState<FoundCalendar[]>([]);
  const [chosen, setChosen] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const choosing = found.length > 0;
  const ready = choosing ? chosen.length > 0 : typed.address.trim() !== "";
  const change = (field: keyof typeof typed, value: string): void => {
    setTyped((before) => ({ ...before, [field]: value }));
    // Another address has other calendars.
    setFound([]);
    setChosen([]);
    setRefused(null);
  };
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setRefused(null);
    try {
      const now = await calendarsApi.add({ ...typed, chosen });
      if (now.found.length === 0) return onAdded(now);
      setFound(now.found);
    } catch (error) {
      setRefused(errorWords(error));
    }
    setBusy(false);
  };
  return (
    <Dialog
      title={t("calendar_add")}
      onClose={onClose}
      actions={
        <Button kind="primary" size="md" type="submit" form={form} disabled={busy || !ready}>
          {busy ? t("calendar_trying") : choosing ? t("calendar_add_chosen") : t("calendar_try")}
        </Button>
      }
    >
      <Form.Root id={form} onSubmit={(event) => void add(event)}>
        <Form.Field name="address">
          <Form.Label>{t("calendar_address")}</Form.Label>
          <Form.TextControl
            value={typed.address}
            inputMode="url"
            autoComplete="off"
            autoFocus
            onChange={({ target }) => change("address", target.value)}
          />
          <Form.HelpMessage>{t("calendar_address_hint")}</Form.HelpMessage>
        </Form.Field>
        <Form.Field name="user">
          <Form.Label>{t("calendar_user")}</Form.Label>
          <Form.TextControl
            value={typed.user}
            autoComplete="off"
            onChange={({ target }) => change("user", target.value)}
          />
        </Form.Field>
        <Form.Field name="password">
          <Form.Label>{t("calendar_password")}</Form.Label>
          <Form.PasswordControl
            value={typed.password}
            autoComplete="new-password"
            onChange={({ target }) => change("password", target.value)}
          />
          <Form.HelpMessage>{t("calendar_password_hint")}</Form.HelpMessage>
        </Form.Field>
        {choosing && (
          <fieldset className={settings.radios}>
            <legend>{t("calendar_which")}</legend>
            {found.map(({ url, name }) => (
              <label key={url} className={settings.radio}>
                <input
                  type="checkbox"
                  checked={chosen.includes(url)}
                  onChange={({ target }) =>
                    setChosen(target.checked ? [...chosen, url] : chosen.filter((each) => each !== url))
                  }
                />
                {name}
              </label>
            ))}
          </fieldset>
        )}
      </Form.Root>
      <div role="alert" className={styles.refused}>
        {refused && <p className={settings.error}>{refused}</p>}
      </div>
    </Dialog>
  );
}
