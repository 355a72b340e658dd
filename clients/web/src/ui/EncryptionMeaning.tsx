import { Tooltip } from "@vector-im/compound-web";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  /** A telephone is inside, which hears and is heard in clear. */
  telephone?: boolean;
  children: ReactElement;
}

/** Says, on being pointed at or focused, what the encryption promises and what it does not. */
export function EncryptionMeaning({ telephone = false, children }: Props) {
  const { t } = useTranslation("ui");
  const words = t(telephone ? "encrypted_phone_means" : "encrypted_means");
  return (
    <Tooltip description={words} isTriggerInteractive={false}>
      {children}
    </Tooltip>
  );
}
