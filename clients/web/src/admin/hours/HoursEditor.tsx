import { Form } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { hoursApi, type OpeningHours } from "../../api/hours";
import { Choice } from "../Choice";
import { type Editor, EditorDialog } from "../Editor";
import { Exceptions } from "./Exceptions";
import { Holidays } from "./Holidays";
import { hoursBodyOf, type HoursDraft, hoursDraftOf } from "./hoursDraft";
import { Week } from "../../hours/Week";
import { ownZone } from "../../hours/words";

interface Props extends Editor {
  /** Null for new ones. */
  hours: OpeningHours | null;
}

const ZONES = Intl.supportedValuesOf("timeZone");

/** Writes opening hours: the week, the holidays, and what differs once. */
export function HoursEditor({ hours, onSaved, onClose }: Props) {
  const { t } = useTranslation("admin/hours");
  const { t: words } = useTranslation("admin");
  const own = ownZone();
  const [year] = useState(() => new Date().getFullYear());
  const [draft, setDraft] = useState<HoursDraft>(() => hoursDraftOf(hours, own, year));
  const set = (change: Partial<HoursDraft>): void => setDraft((before) => ({ ...before, ...change }));
  const send = (): Promise<unknown> | string => {
    const body = hoursBodyOf(draft);
    if (typeof body === "string") return t(`wrong_${body}`);
    return hours ? hoursApi.replace(hours.id, body) : hoursApi.add(body);
  };
  const zones = ZONES.includes(draft.timezone) ? ZONES : [draft.timezone, ...ZONES];
  return (
    <EditorDialog
      id="hours-editor"
      title={hours ? words("edit_title", { name: hours.name }) : t("add")}
      send={send}
      onSaved={onSaved}
      onClose={onClose}
    >
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
    </EditorDialog>
  );
}
