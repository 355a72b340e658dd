import { Form } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import styles from "./Admin.module.css";
import type { SettingsDraft } from "./trunkDraft";

interface Props {
  settings: SettingsDraft;
  onChange: (settings: SettingsDraft) => void;
}

const TEXTS = ["addresses"] as const;

/** What a provider's sheet asks for beside address and password: each setting with what it is for. */
export function TrunkSettings({ settings, onChange }: Props) {
  const { t } = useTranslation("admin");
  return (
    <details className={styles.more ?? ""}>
      <summary>{t("trunk_more")}</summary>
      <div className={styles.form}>
        {TEXTS.map((field) => (
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
      </div>
    </details>
  );
}
