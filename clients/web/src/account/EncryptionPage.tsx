import { Button, ToggleInput } from "@vector-im/compound-web";
import type { MatrixClient } from "matrix-js-sdk";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "../api/accounts";
import { EnterKeyDialog } from "../encryption/EnterKeyDialog";
import { RecoveryKeyDialog } from "../encryption/RecoveryKeyDialog";
import { enableEncryption, useMatrixClient } from "../matrix/connection";
import { useEncryption, type EncryptionState } from "../matrix/encryption";
import { chooseOnlySigned } from "../matrix/live/crypto/account";
import { verifyDevice, verifyThisDevice } from "../matrix/live/crypto/verification";
import { resetIdentity } from "../matrix/live/crypto/recovery";
import { Dialog } from "../ui/Dialog";
import styles from "../ui/Settings.module.css";
import { toast } from "../ui/toasts";
import { AskPassword } from "./AskPassword";
import factor from "./FactorDialog.module.css";

type Open = "key" | "enter" | "reset" | null;

/** What end-to-end encryption knows of me: this device, the recovery key, the backup, my other devices. */
export function EncryptionPage() {
  const client = useMatrixClient();
  const state = useEncryption();
  const [open, setOpen] = useState<Open>(null);
  const close = (): void => setOpen(null);
  return (
    <>
      <ThisDevice client={client} state={state} onEnter={() => setOpen("enter")} />
      {state.status === "ready" && (
        <>
          <Recovery state={state} open={setOpen} />
          {client && <Devices client={client} state={state} />}
          {client && <OnlySigned client={client} state={state} />}
          <Reset onReset={() => setOpen("reset")} />
        </>
      )}
      {client && open === "key" && <RecoveryKeyDialog client={client} onClose={close} />}
      {client && open === "enter" && (
        <EnterKeyDialog client={client} onClose={close} onLost={() => setOpen("reset")} />
      )}
      {client && open === "reset" && (
        <ResetDialog client={client} onClose={close} onDone={() => setOpen("key")} />
      )}
    </>
  );
}

interface ThisProps {
  client: MatrixClient | null;
  state: EncryptionState;
  onEnter: () => void;
}

function ThisDevice({ client, state, onEnter }: ThisProps) {
  const { t } = useTranslation("encryption");
  const { status, verified, recovery } = state;
  const another = state.devices.some((device) => !device.current && device.verified);
  const words =
    status === "ready" ? (verified ? "device_verified" : "device_unverified") : `status_${status}`;
  const begin = (): void => {
    enableEncryption().catch(() => toast("error", t("failed")));
  };
  return (
    <section className={styles.section}>
      <h2>{t("this_device")}</h2>
      <div className={styles.row}>
        <p className={`${styles.grow} ${styles.hint}`} role="status">
          {t(words as "device_verified")}
        </p>
        {status === "off" && (
          <Button kind="secondary" size="md" onClick={begin}>
            {t("set_up")}
          </Button>
        )}
        {client && status === "ready" && !verified && another && (
          <Button size="md" onClick={() => ask(verifyThisDevice(client), t("failed"))}>
            {t("verify_by_device")}
          </Button>
        )}
        {status === "ready" && !verified && recovery === "kept" && (
          <Button kind="secondary" size="md" onClick={onEnter}>
            {t("enter_title")}
          </Button>
        )}
      </div>
    </section>
  );
}

function Recovery({ state, open }: { state: EncryptionState; open: (what: Open) => void }) {
  const { t } = useTranslation("encryption");
  const kept = state.recovery === "kept";
  return (
    <section className={styles.section}>
      <h2>{t("key_field")}</h2>
      <div className={styles.row}>
        <p className={`${styles.grow} ${styles.hint}`}>
          <span>{t(kept ? "recovery_kept" : "recovery_none")}</span>
          <span>{t(state.backup ? "backup_on" : "backup_off")}</span>
        </p>
        {state.verified && (
          <Button kind={kept ? "secondary" : "primary"} size="md" onClick={() => open("key")}>
            {t(kept ? "key_renew" : "key_make")}
          </Button>
        )}
      </div>
    </section>
  );
}

function ask(asked: Promise<void>, failed: string): void {
  asked.catch(() => toast("error", failed));
}

function Devices({ client, state }: { client: MatrixClient; state: EncryptionState }) {
  const { t } = useTranslation("encryption");
  return (
    <section className={styles.section}>
      <h2>{t("devices")}</h2>
      <p className={styles.hint}>{t("devices_hint")}</p>
      <ul role="list" className={styles.list}>
        {state.devices.map((device) => (
          <li key={device.deviceId} className={styles.row}>
            <div className={styles.grow}>
              <b>{device.current ? t("device_this", { name: device.name }) : device.name}</b>
              <span className={styles.hint}>{device.deviceId}</span>
            </div>
            {device.verified ? (
              <span className={styles.badge}>{t("verified")}</span>
            ) : (
              <div className={styles.buttons}>
                <span className={styles.error}>{t("unverified")}</span>
                {state.verified && !device.current && (
                  <Button
                    kind="secondary"
                    size="md"
                    aria-label={t("verify_named", { name: device.name })}
                    onClick={() => ask(verifyDevice(client, device.deviceId), t("failed"))}
                  >
                    {t("verify")}
                  </Button>
                )}
              </div>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function OnlySigned({ client, state }: { client: MatrixClient; state: EncryptionState }) {
  const { t } = useTranslation("encryption");
  const id = useId();
  const choose = (on: boolean): void => {
    chooseOnlySigned(client, on).catch(() => toast("error", t("failed")));
  };
  return (
    <section className={styles.section}>
      <h2 id={id}>{t("only_signed")}</h2>
      <div className={styles.row}>
        <p id={`${id}-hint`} className={`${styles.grow} ${styles.hint}`}>
          {t("only_signed_hint")}
        </p>
        <ToggleInput
          aria-labelledby={id}
          aria-describedby={`${id}-hint`}
          checked={state.onlySigned}
          onChange={(event) => choose(event.target.checked)}
        />
      </div>
    </section>
  );
}

function Reset({ onReset }: { onReset: () => void }) {
  const { t } = useTranslation("encryption");
  return (
    <section className={styles.section}>
      <h2>{t("reset")}</h2>
      <div className={styles.row}>
        <p className={`${styles.grow} ${styles.hint}`}>{t("reset_hint")}</p>
        <Button kind="tertiary" destructive size="md" onClick={onReset}>
          {t("reset_do")}
        </Button>
      </div>
    </section>
  );
}

interface ResetProps {
  client: MatrixClient;
  onClose: () => void;
  onDone: () => void;
}

function ResetDialog({ client, onClose, onDone }: ResetProps) {
  const { t } = useTranslation("encryption");
  const reset = async (password: string): Promise<void> => {
    // First: a wrong one must not cost the backup.
    await accounts.prove(password);
    await resetIdentity(client, password);
    toast("success", t("reset_done"));
    onDone();
  };
  return (
    <Dialog title={t("reset")} onClose={onClose}>
      <div className={factor.body}>
        <AskPassword lead={t("reset_lead")} label={t("reset_do")} destructive onPassword={reset} />
      </div>
    </Dialog>
  );
}
