import { Button, Form } from "@vector-im/compound-web";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { hoursApi, type OpeningHours } from "../../api/hours";
import { Dialog } from "../../ui/Dialog";
import admin from "../Admin.module.css";
import { Choice } from "../Choice";
import { refusalWords } from "../words";
import { Exceptions } from "./Exceptions";
import { Holidays } from "./Holidays";
import { hoursBodyOf, type HoursDraft, hoursDraftOf } from "./hoursDraft";
import { Week } from "../../hours/Week";
import { ownZone } from "../../hours/words";

interface Props {
  /** Null for new ones. */
  hours: OpeningHours | null;
  onSaved: () => void;
  onClose: () => void;
}

const ZONES = Intl.supportedValuesOf("timeZone");

/** Writes opening hours: the week, the holidays, and what differs once. */
export function HoursEditor({ hours, onSaved, onClose }: Props) {
  const { t } = useTranslation("admin/hours");
  const { t: words } = useTranslation("admin");
  const own = ownZone();
  const [year] = useState(() => new Date().getFullYear());
  const [draft, setDraft] = useState<HoursDraft>(() => hoursDraftOf(hours, own, year));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const set = (change: Partial<HoursDraft>): void => setDraft((before) => ({ ...before, ...change }));
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const body = hoursBodyOf(draft);
    if (typeof body === "string") return setError(t(`wrong_${body}`));
    setBusy(true);
    try {
      await (hours ? hoursApi.replace(hours.id, body) : hoursApi.add(body));
      onSaved();
      onClose();
    } catch (refusal) {
      setError(refusalWords(refusal));
      setBusy(false);
    }
  };
  const actions = (
    <>
      <Button kind="secondary" onClick={onClose}>
        {words("cancel")}
      </Button>
      <Button type="submit" form="hours-editor" disabled={busy}>
        {words("save")}
      </Button>
    </>
  );
  const zones = ZONES.includes(draft.timezone) ? ZONES : [draft.timezone, ...ZONES];
  return (
    <Dialog
      title={hours ? words("edit_title", { name: hours.name }) : t("add")}
      onClose={onClose}
      actions={actions}
    >
      <Form.Root id="hours-editor" className={admin.form ?? ""} onSubmit={(event) => void save(event)}>
        <Form.Field name="name">
          <Form.Label>{t("name")}</Form.Label>
          <Form.TextControl
            autoComplete="off"
            maxLength={60}
            value={draft.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
        </Form.Field>
        <Week week={draft.week} onChange={(week) => set({ week })} />
        <Holidays holidays={draft.holidays} year={year} onChange={(holidays) => set({ holidays })} />
        <Exceptions exceptions={draft.exceptions} onChange={(exceptions) => set({ exceptions })} />
        <Choice
          label={t("timezone")}
          values={zones}
          value={draft.timezone}
          words={(zone) => zone.replaceAll("_", " ")}
          onChoose={(timezone) => set({ timezone })}
        />
      </Form.Root>
      {error !== null && (
        <p className={admin.error} role="alert">
          {error}
        </p>
      )}
    </Dialog>
  );
}
