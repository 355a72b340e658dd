import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { AskPassword } from "../account/AskPassword";
import { accounts } from "../api/accounts";
import { ApiError } from "../api/client";
import { Dialog } from "../ui/Dialog";

interface Waiting {
  proved: () => void;
  givenUp: () => void;
}

/**
 * Runs what the server does only for whoever gave the password within the last minutes: when it refuses, the dialog
 * asks for the password, and what was asked for is done after it. Whoever closes the dialog gets the refusal.
 */
export function useProof(): {
  dialog: ReactNode;
  proving: <T>(action: () => Promise<T>) => Promise<T>;
} {
  const { t } = useTranslation("admin");
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  const proving = async <T,>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (refusal) {
      if (!(refusal instanceof ApiError) || refusal.code !== "password_again") throw refusal;
      await new Promise<void>((resolve, reject) => {
        setWaiting({ proved: resolve, givenUp: () => reject(refusal) });
      }).finally(() => setWaiting(null));
      return await action();
    }
  };
  const dialog = waiting && (
    <Dialog title={t("proof_title")} onClose={waiting.givenUp}>
      <AskPassword
        lead={t("proof_lead")}
        label={t("proof_continue")}
        onPassword={async (password) => {
          await accounts.prove(password);
          waiting.proved();
        }}
      />
    </Dialog>
  );
  return { dialog, proving };
}
