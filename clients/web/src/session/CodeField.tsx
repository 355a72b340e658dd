import { Form } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import styles from "./CodeField.module.css";

const DIGITS = 6;

/** What was typed or pasted, without the spaces in between. */
export function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}

/** Six digits; the last one submits the form, and the browser may fill them in from a text message. */
export function CodeField({ label, autoFocus = true }: { label: string; autoFocus?: boolean }) {
  const { t } = useTranslation("session");
  return (
    <Form.Field name="code">
      <Form.Label>{label}</Form.Label>
      <Form.TextControl
        className={styles.code}
        required
        autoFocus={autoFocus}
        inputMode="numeric"
        autoComplete="one-time-code"
        pattern="\s*(\d\s*){6}"
        onInput={(event) => {
          const { value, form } = event.currentTarget;
          if (digitsOf(value).length === DIGITS) form?.requestSubmit();
        }}
      />
      <Form.ErrorMessage match="valueMissing">{t("code_missing")}</Form.ErrorMessage>
      <Form.ErrorMessage match="patternMismatch">{t("code_malformed")}</Form.ErrorMessage>
    </Form.Field>
  );
}
