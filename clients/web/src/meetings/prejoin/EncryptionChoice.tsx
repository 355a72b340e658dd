import { ToggleInput } from "@vector-im/compound-web";
import LockIcon from "@vector-im/compound-design-tokens/assets/web/icons/lock-solid";
import WarningIcon from "@vector-im/compound-design-tokens/assets/web/icons/warning";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { EncryptionMeaning } from "../../ui/EncryptionMeaning";
import styles from "./PreJoin.module.css";

interface Props {
  encrypted: boolean;
  canEncrypt: boolean;
  value: boolean;
  disabled: boolean;
  onChange: (on: boolean) => void;
}

/** Encryption end to end: a choice, a fact of this meeting, or nothing that can be had here. */
export function EncryptionChoice({ encrypted, canEncrypt, value, disabled, onChange }: Props) {
  const { t } = useTranslation("meetings/prejoin");
  const id = useId();
  if (encrypted) {
    if (!canEncrypt) {
      return (
        <p className={styles.encrypted} data-locked>
          <WarningIcon width={20} height={20} aria-hidden />
          {t("cannot_encrypt")}
        </p>
      );
    }
    return (
      <EncryptionMeaning>
        <span className={styles.encrypted}>
          <LockIcon width={20} height={20} aria-hidden />
          {t("encrypted")}
        </span>
      </EncryptionMeaning>
    );
  }
  if (!canEncrypt) return null;
  return (
    <div className={styles.encryption}>
      <div className={styles.words}>
        <label htmlFor={id}>{t("encryption")}</label>
        <p id={`${id}-hint`}>{t("encryption_hint")}</p>
      </div>
      <ToggleInput
        id={id}
        aria-describedby={`${id}-hint`}
        checked={value}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
    </div>
  );
}
