import { Button } from "@vector-im/compound-web";
import VerifiedIcon from "@vector-im/compound-design-tokens/assets/web/icons/verified";
import type { MatrixClient } from "matrix-js-sdk";
import { CryptoEvent } from "matrix-js-sdk/lib/crypto-api";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEncryption } from "../matrix/encryption";
import { verifyPerson } from "../matrix/live/crypto/verification";
import { usePerson } from "../people/people";
import { toast } from "../ui/toasts";
import styles from "./Encryption.module.css";

interface Props {
  client: MatrixClient;
  userId: string;
  /** Our direct room. */
  roomId: string;
}

/** That somebody is who they say, or the way to make sure. */
export function VerifyPerson({ client, userId, roomId }: Props) {
  const { t } = useTranslation("encryption");
  const { status, verified: mine } = useEncryption();
  const name = usePerson(userId)?.name ?? userId;
  const verified = useVerified(client, userId, status === "ready");
  if (verified === null || !mine) return null;
  if (verified) {
    return (
      <p className={styles.done}>
        <VerifiedIcon width={18} height={18} aria-hidden />
        {t("person_verified", { name })}
      </p>
    );
  }
  const verify = (): void => {
    verifyPerson(client, userId, roomId).catch(() => toast("error", t("failed")));
  };
  return (
    <Button kind="tertiary" size="md" Icon={VerifiedIcon} onClick={verify}>
      {t("verify_named", { name })}
    </Button>
  );
}

/** Null while it is not known, or there is nothing to verify. */
function useVerified(client: MatrixClient, userId: string, ready: boolean): boolean | null {
  const [verified, setVerified] = useState<boolean | null>(null);
  useEffect(() => {
    if (!ready) return undefined;
    let gone = false;
    const look = async (): Promise<void> => {
      const crypto = client.getCrypto();
      const known = (await crypto?.userHasCrossSigningKeys(userId, true)) ?? false;
      const status = known ? await crypto?.getUserVerificationStatus(userId) : undefined;
      if (!gone) setVerified(status?.isVerified() ?? null);
    };
    const ask = (): void => void look().catch(() => undefined);
    client.on(CryptoEvent.UserTrustStatusChanged, ask);
    ask();
    return () => {
      gone = true;
      client.off(CryptoEvent.UserTrustStatusChanged, ask);
    };
  }, [client, userId, ready]);
  return verified;
}
