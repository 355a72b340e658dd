import { Form } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { Choice } from "./Choice";
import styles from "./Admin.module.css";
import type { CallerHeader } from "../api/administration";
import type { SettingsDraft } from "./trunkDraft";

interface Props {
  settings: SettingsDraft;
  onChange: (settings: SettingsDraft) => void;
}

const TEXTS = ["auth_username", "outbound_proxy", "from_user", "from_domain", "addresses"] as const;
const PREFIXES = ["callee_prefix", "inbound_prefix"] as const;
const SECONDS = ["answer_within_out", "answer_within_in", "answer_not_before"] as const;
const FORMATS = {
  callee_format: ["e164", "plain", "00", "national", "dialled"],
  caller_format: ["e164", "plain", "00", "national"],
  inbound_format: ["auto", "plain", "national"],
} as const;
const CALLER_HEADERS = ["from", "pai", "ppi", "rpid"] as const;

/** What a provider's sheet asks for beside address and password: each setting with what it is for. */
export function TrunkSettings({ settings, onChange }: Props) {
  const { t } = useTranslation("admin");
  const withHeader = (wanted: boolean, header: CallerHeader): CallerHeader[] =>
    CALLER_HEADERS.filter((each) => (each === header ? wanted : settings.caller_in.includes(each)));
  return (
    <details className={styles.further ?? ""}>
      <summary>{t("trunk_more")}</summary>
      <div className={styles.form}>
        {[...TEXTS, ...PREFIXES, ...SECONDS].map((field) => (
          <Form.Field key={field} name={field}>
            <Form.Label>{t(`setting_${field}`)}</Form.Label>
            <Form.TextControl
              autoComplete="off"
              maxLength={2000}
              value={settings[field]}
              onChange={(event) => onChange({ ...settings, [field]: event.currentTarget.value })}
            />
            <Form.HelpMessage>{t(`setting_${field}_hint`)}</Form.HelpMessage>
          </Form.Field>
        ))}
        {(Object.keys(FORMATS) as (keyof typeof FORMATS)[]).map((field) => (
          <Choice
            key={field}
            label={t(`setting_${field}`)}
            values={FORMATS[field]}
            value={settings[field]}
            words={(format) => t(`format_${format}`)}
            onChoose={(format) => onChange({ ...settings, [field]: format })}
          />
        ))}
        <fieldset className={styles.group ?? ""}>
          <legend>{t("setting_caller_in")}</legend>
          {CALLER_HEADERS.map((header) => (
            <label key={header} className={styles.check}>
              <input
                type="checkbox"
                checked={settings.caller_in.includes(header)}
                onChange={(event) =>
                  onChange({ ...settings, caller_in: withHeader(event.target.checked, header) })
                }
              />
              {t(`caller_in_${header}`)}
            </label>
          ))}
        </fieldset>
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={settings.options}
            onChange={(event) => onChange({ ...settings, options: event.target.checked })}
          />
          {t("setting_options")}
        </label>
        <p className={styles.about}>{t("setting_options_hint")}</p>
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={settings.foreign_numbers}
            onChange={(event) => onChange({ ...settings, foreign_numbers: event.target.checked })}
          />
          {t("setting_foreign_numbers")}
        </label>
        <p className={styles.about}>{t("setting_foreign_numbers_hint")}</p>
      </div>
    </details>
  );
}
