import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { administration } from "../../api/administration";
import { groupsApi } from "../../api/groups";
import {
  type RecordingRule,
  type RecordingRules as Rules,
  type RecordingSettings,
  recordingsApi,
} from "../../api/recordings";
import { toast } from "../../ui/toasts";
import { useLoaded } from "../../ui/useLoaded";
import { Waiting } from "../../ui/Waiting";
import styles from "../Admin.module.css";
import { Choice } from "../Choice";
import { PeoplePicker } from "../groups/PeoplePicker";
import { refusalWords } from "../words";
import { AllRecordings } from "./AllRecordings";
import { Announcements } from "./Announcements";
import own from "./RecordingRules.module.css";

/** Days for which recordings are kept; 0: for ever. */
const DAYS = [7, 30, 90, 180, 365, 0];

/** Which calls are recorded, who may hear them and for how long they are kept; and all that there are. */
export function RecordingRules() {
  const { t } = useTranslation("admin/recordings");
  const loaded = useLoaded(recordingsApi.rules);
  const change = async (asked: Promise<Rules>): Promise<boolean> => {
    try {
      const rules = await asked;
      loaded.set(() => rules);
      return true;
    } catch (refusal) {
      toast("error", refusalWords(refusal));
      return false;
    }
  };
  const { value } = loaded;
  // Seen at once; a refusal takes it back.
  const choose = (chosen: Partial<RecordingSettings>): void => {
    loaded.set((before) => ({ ...before, settings: { ...before.settings, ...chosen } }));
    void change(recordingsApi.choose(chosen)).then((done) => done || loaded.load());
  };
  return (
    <section className={styles.single} aria-labelledby="admin-recordings">
      <h1 id="admin-recordings" className={styles.subtitle}>
        {t("title")}
      </h1>
      <p className={styles.about}>{t("hint")}</p>
      {!value ? (
        <Waiting loaded={loaded} />
      ) : (
        <>
          <Settings settings={value.settings} onChange={choose} />
          <Announcements settings={value.settings} onChange={(asked) => void change(asked)} />
          <RuleList
            rules={value.rules}
            onAdd={(rule) => void change(recordingsApi.addRule(rule))}
            onRemove={(rule) => void change(recordingsApi.removeRule(rule))}
          />
        </>
      )}
      <AllRecordings />
    </section>
  );
}

interface SettingsProps {
  settings: RecordingSettings;
  onChange: (chosen: Partial<RecordingSettings>) => void;
}

function Settings({ settings, onChange }: SettingsProps) {
  const { t } = useTranslation("admin/recordings");
  const days = [...new Set([...DAYS, settings.days])].map(String);
  return (
    <fieldset className={styles.group}>
      <legend>{t("settings")}</legend>
      <div className={own.choices}>
        <Choice
          label={t("on_demand")}
          values={["nobody", "everybody"] as const}
          value={settings.on_demand}
          words={(value) => t(`on_demand_${value}`)}
          onChoose={(on_demand) => onChange({ on_demand })}
        />
        {(["people_hear", "people_delete"] as const).map((name) => (
          <label key={name} className={styles.check}>
            <input
              type="checkbox"
              checked={settings[name]}
              disabled={name === "people_delete" && !settings.people_hear}
              onChange={(event) => onChange({ [name]: event.target.checked })}
            />
            {t(name)}
          </label>
        ))}
        <Choice
          label={t("days")}
          values={days}
          value={String(settings.days)}
          words={(value) => (value === "0" ? t("days_forever") : t("days_count", { count: Number(value) }))}
          onChoose={(value) => onChange({ days: Number(value) })}
        />
      </div>
    </fieldset>
  );
}

interface RuleListProps {
  rules: readonly RecordingRule[];
  onAdd: (rule: Pick<RecordingRule, "kind" | "subject">) => void;
  onRemove: (rule: RecordingRule) => void;
}

function RuleList({ rules, onAdd, onRemove }: RuleListProps) {
  const { t } = useTranslation("admin/recordings");
  const people = rules.filter((rule) => rule.kind === "person").map((rule) => rule.subject);
  return (
    <fieldset className={styles.group}>
      <legend>{t("rules")}</legend>
      <p className={styles.about}>{t("rules_hint")}</p>
      {rules.length > 0 && (
        <ul role="list" className={styles.box} data-testid="recording-rules">
          {rules.map((rule) => (
            <li key={`${rule.kind} ${rule.subject}`} className={styles.line}>
              <div className={styles.words}>
                <strong className={styles.wrap}>{rule.name || rule.subject}</strong>
                <span className={styles.about}>
                  {t(rule.name === "" ? "rule_gone" : `rule_${rule.kind}`)}
                </span>
              </div>
              <Button
                kind="tertiary"
                size="md"
                destructive
                aria-label={t("rule_remove", { name: rule.name || rule.subject })}
                onClick={() => onRemove(rule)}
              >
                {t("remove")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <PeoplePicker
        label={t("person_search")}
        action={t("record")}
        without={people}
        onChoose={({ user_id: subject }) => onAdd({ kind: "person", subject })}
      />
      <Others rules={rules} onAdd={onAdd} />
    </fieldset>
  );
}

/** Ring groups and lines that no rule is about yet. */
function Others({ rules, onAdd }: Pick<RuleListProps, "rules" | "onAdd">) {
  const { t } = useTranslation("admin/recordings");
  const groups = useLoaded(groupsApi.list).value?.groups ?? [];
  const lines = useLoaded(administration.trunks).value?.trunks ?? [];
  const all: RecordingRule[] = [
    ...groups.map(({ id, name }) => ({ kind: "group" as const, subject: id, name })),
    ...lines.map(({ name }) => ({ kind: "trunk" as const, subject: name, name })),
  ];
  const free = all.filter(
    (each) => !rules.some((rule) => rule.kind === each.kind && rule.subject === each.subject),
  );
  const [chosen, setChosen] = useState("");
  const keyOf = (rule: RecordingRule): string => `${rule.kind} ${rule.subject}`;
  const picked = free.find((rule) => keyOf(rule) === chosen) ?? free[0];
  if (!picked) return null;
  return (
    <div className={styles.add}>
      <Choice
        label={t("other_choose")}
        values={free.map(keyOf)}
        value={keyOf(picked)}
        words={(key) => {
          const rule = free.find((each) => keyOf(each) === key);
          return rule ? `${t(`rule_${rule.kind}`)}: ${rule.name}` : key;
        }}
        onChoose={setChosen}
      />
      <Button type="button" kind="secondary" size="md" onClick={() => onAdd(picked)}>
        {t("record")}
      </Button>
    </div>
  );
}
