import { Form } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import styles from "./Admin.module.css";
import type { SettingsDraft } from "./trunkDraft";

interface Props {
  settings: SettingsDraft;
  onChange: (settings: SettingsDraft) => void;
}

/** Whose certificate a provider shows over TLS. */
export function TrunkTls({ settings, onChange }: Props) {
  const { t } = useTranslation("admin");
  return (
    <>
      {(["tls_name", "tls_fingerprint"] as const).map((field) => (
        <Form.Field key={field} name={field}>
          <Form.Label>{t(`setting_${field}`)}</Form.Label>
          <Form.TextControl
            autoComplete="off"
            maxLength={300}
            value={settings[field]}
            onChange={(event) => onChange({ ...settings, [field]: event.currentTarget.value })}
          />
          <Form.HelpMessage>{t(`setting_${field}_hint`)}</Form.HelpMessage>
        </Form.Field>
      ))}
      <label className={styles.choice ?? ""}>
        {t("setting_tls_ca")}
        <textarea
          className={styles.text ?? ""}
          rows={4}
          spellCheck={false}
          maxLength={65_536}
          placeholder="-----BEGIN CERTIFICATE-----"
          value={settings.tls_ca}
          onChange={(event) => onChange({ ...settings, tls_ca: event.target.value })}
        />
      </label>
      <p className={styles.about}>{t("setting_tls_ca_hint")}</p>
    </>
  );
}
