import { Button, Form } from "@vector-im/compound-web";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Action, type Attendant, attendantsApi } from "../../api/attendants";
import { groupsApi } from "../../api/groups";
import { hoursApi } from "../../api/hours";
import { language } from "../../i18n/i18n";
import { useLoaded } from "../../ui/useLoaded";
import admin from "../Admin.module.css";
import { Choice } from "../Choice";
import { type Editor, Refused, useSaving } from "../Editor";
import { ActionField } from "./ActionField";
import { type AttendantDraft, attendantBodyOf, attendantDraftOf, freshMenu } from "./attendantDraft";
import styles from "./Attendants.module.css";
import { AroundContext } from "./names";

interface Props extends Editor {
  /** Null for a new one. */
  attendant: Attendant | null;
  attendants: readonly Attendant[];
}

const TEXTS = ["name", "extension", "numbers"] as const;
const LANGUAGES = ["it", "en"] as const;

/** Builds an attendant: its number, when it is open, and the tree of what it says and its keys do. */
export function AttendantEditor({ attendant, attendants, onSaved, onClose }: Props) {
  const { t } = useTranslation("admin/attendants");
  const { t: words } = useTranslation("admin");
  const [draft, setDraft] = useState<AttendantDraft>(() => attendantDraftOf(attendant, language()));
  const groups = useLoaded(groupsApi.list).value?.groups;
  const hours = useLoaded(hoursApi.list).value?.hours ?? [];
  const around = useMemo(
    () => ({ language: draft.language, groups: groups ?? [], attendants }),
    [draft.language, groups, attendants],
  );
  const set = (change: Partial<AttendantDraft>): void => setDraft((before) => ({ ...before, ...change }));
  const send = (): Promise<unknown> | string => {
    const body = attendantBodyOf(draft);
    if (typeof body === "string") return t("wrong_target");
    return attendant ? attendantsApi.replace(attendant.id, body) : attendantsApi.add(body);
  };
  const { busy, error, save } = useSaving(send, { onSaved, onClose });
  return (
    <AroundContext.Provider value={around}>
      <section className={admin.single} aria-labelledby="attendant-editor">
        <h1 id="attendant-editor" className={admin.subtitle}>
          {attendant ? words("edit_title", { name: attendant.name }) : t("add")}
        </h1>
        <Form.Root className={admin.form ?? ""} onSubmit={save}>
          <div className={styles.facts}>
            {TEXTS.map((field) => (
              <Form.Field key={field} name={field}>
                <Form.Label>{words(`group_${field}`)}</Form.Label>
                <Form.TextControl
                  inputMode={field === "extension" ? "numeric" : "text"}
                  autoComplete="off"
                  maxLength={300}
                  value={draft[field]}
                  onChange={(event) => set({ [field]: event.currentTarget.value })}
                />
              </Form.Field>
            ))}
            <Choice
              label={t("language")}
              values={LANGUAGES}
              value={draft.language}
              words={(each) => t(`language_${each}`)}
              onChoose={(each) => set({ language: each })}
            />
            <Choice
              label={words("page_hours")}
              values={["", ...hours.map((each) => each.id)]}
              value={draft.hours ?? ""}
              words={(id) => hours.find((each) => each.id === id)?.name ?? t("always_open")}
              onChoose={(id) => set({ hours: id || null })}
            />
          </div>
          <Branch
            title={draft.hours === null ? t("when_called") : t("when_open")}
            action={draft.open}
            onChange={(open) => set({ open: open ?? freshMenu() })}
          />
          {draft.hours !== null && (
            <>
              <Branch
                title={t("when_closed")}
                same={t("as_open")}
                action={draft.closed}
                onChange={(closed) => set({ closed })}
              />
              <Branch
                title={t("when_holiday")}
                same={t("as_closed")}
                action={draft.holiday}
                onChange={(holiday) => set({ holiday })}
              />
            </>
          )}
          <Refused error={error} />
          <div className={styles.foot}>
            <Button type="button" kind="secondary" onClick={onClose}>
              {words("cancel")}
            </Button>
            <Button type="submit" disabled={busy}>
              {busy ? t("saving") : words("save")}
            </Button>
          </div>
        </Form.Root>
      </section>
    </AroundContext.Provider>
  );
}

interface BranchProps {
  title: string;
  /** What is done where there is nothing of its own; without it there always is something. */
  same?: string;
  action: Action | null;
  onChange: (action: Action | null) => void;
}

function Branch({ title, same, action, onChange }: BranchProps) {
  return (
    <section className={styles.branch} aria-label={title}>
      <h2 className={styles.branchTitle}>{title}</h2>
      <ActionField label={title} action={action} none={same} depth={0} onChange={onChange} />
    </section>
  );
}
