import { useTranslation } from "react-i18next";
import { voicemail, type VoicemailRules as Rules } from "../../api/voicemail";
import { toast } from "../../ui/toasts";
import { useLoaded } from "../../ui/useLoaded";
import { Waiting } from "../../ui/Waiting";
import styles from "../Admin.module.css";
import { Choice } from "../Choice";
import { refusalWords } from "../words";
import own from "./Services.module.css";

const SECONDS = [30, 60, 120, 180, 300, 600];
const MESSAGES = [20, 50, 100, 200, 500];
/** 0: for ever. */
const DAYS = [7, 30, 90, 180, 365, 0];

/** Who has a mailbox without choosing, and how much mailboxes hold for how long. */
export function VoicemailRules() {
  const { t } = useTranslation("admin/services");
  const loaded = useLoaded(voicemail.rules);
  // Seen at once; a refusal takes it back.
  const choose = (chosen: Partial<Rules>): void => {
    loaded.set((before) => ({ ...before, ...chosen }));
    voicemail
      .rule(chosen)
      .then((rules) => loaded.set(() => rules))
      .catch((refusal: unknown) => {
        toast("error", refusalWords(refusal));
        loaded.load();
      });
  };
  const { value } = loaded;
  return (
    <fieldset className={styles.group}>
      <legend>{t("voicemail")}</legend>
      {value ? <Fields rules={value} onChoose={choose} /> : <Waiting loaded={loaded} />}
    </fieldset>
  );
}

interface FieldsProps {
  rules: Rules;
  onChoose: (chosen: Partial<Rules>) => void;
}

function Fields({ rules, onChoose }: FieldsProps) {
  const { t } = useTranslation("admin/services");
  return (
    <div className={own.choices}>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={rules.by_default}
          onChange={(event) => onChoose({ by_default: event.target.checked })}
        />
        {t("by_default")}
      </label>
      <p className={styles.about}>{t("by_default_hint")}</p>
      <Choice
        label={t("seconds")}
        values={choices(SECONDS, rules.seconds)}
        value={String(rules.seconds)}
        words={(value) => t("seconds_value", { count: Number(value) })}
        onChoose={(value) => onChoose({ seconds: Number(value) })}
      />
      <Choice
        label={t("messages")}
        values={choices(MESSAGES, rules.messages)}
        value={String(rules.messages)}
        words={(value) => t("messages_value", { count: Number(value) })}
        onChoose={(value) => onChoose({ messages: Number(value) })}
      />
      <Choice
        label={t("days")}
        values={choices(DAYS, rules.days)}
        value={String(rules.days)}
        words={(value) => (value === "0" ? t("days_forever") : t("days_value", { count: Number(value) }))}
        onChoose={(value) => onChoose({ days: Number(value) })}
      />
    </div>
  );
}

/** What is offered, with what was chosen elsewhere. */
function choices(offered: readonly number[], chosen: number): string[] {
  const all = new Set([...offered, chosen]);
  return [...all].toSorted((a, b) => (a || Infinity) - (b || Infinity)).map(String);
}
