import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts, type Account, type Method } from "../api/accounts";
import { errorWords } from "../api/errors";
import { toast } from "../ui/toasts";
import { momentWords } from "../session/words";
import { FactorDialog, RemoveFactorDialog } from "./FactorDialog";
import { NotYet } from "./NotYet";
import { PasswordDialog } from "./PasswordDialog";
import { RecoveryDialog } from "./RecoveryDialog";
import { SessionList } from "./SessionList";
import styles from "../ui/Settings.module.css";
import { useAccount } from "./useAccount";

type Open = { dialog: "password" | "recovery" } | { dialog: "add" | "remove"; method: Method };

/** Password, second factor, recovery codes, sessions, trusted browsers. */
export function SecurityPage() {
  const loaded = useAccount();
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => {
    setOpen(null);
    loaded.load();
  };
  const account = loaded.value;
  if (!account) return <NotYet loaded={loaded} />;
  return (
    <>
      <Password change={() => setOpen({ dialog: "password" })} />
      <Factors account={account} open={setOpen} />
      {account.factors.length > 0 && (
        <Recovery left={account.recovery_codes_left} renew={() => setOpen({ dialog: "recovery" })} />
      )}
      <SessionList />
      {account.factors.length > 0 && <Trusted />}
      {open?.dialog === "password" && <PasswordDialog account={account} onClose={close} />}
      {open?.dialog === "recovery" && <RecoveryDialog onClose={close} />}
      {open?.dialog === "add" && <FactorDialog method={open.method} onClose={close} />}
      {open?.dialog === "remove" && <RemoveFactorDialog method={open.method} onClose={close} />}
    </>
  );
}

function Password({ change }: { change: () => void }) {
  const { t } = useTranslation("account");
  return (
    <section className={styles.section}>
      <h2>{t("password")}</h2>
      <div className={styles.row}>
        <p className={`${styles.grow} ${styles.hint}`}>{t("password_hint")}</p>
        <Button kind="secondary" size="md" onClick={change}>
          {t("password_change")}
        </Button>
      </div>
    </section>
  );
}

function Factors({ account, open }: { account: Account; open: (what: Open) => void }) {
  const { t } = useTranslation("account");
  const removable = !account.factor_required || account.factors.length > 1;
  const shown: Method[] = ["totp", "sms"];
  return (
    <section className={styles.section}>
      <h2>{t("factor")}</h2>
      <p className={styles.hint}>{t(account.factors.length > 0 ? "factor_hint" : "factor_none")}</p>
      <ul role="list" className={styles.list}>
        {shown.map((method) => {
          const factor = account.factors.find((each) => each.method === method);
          if (!factor && !account.factors_available.includes(method)) return null;
          return (
            <li key={method} className={styles.row}>
              <div className={styles.grow}>
                <b>{t(`factor_${method}`)}</b>
                <span className={styles.hint}>
                  {factor
                    ? [factor.hint, t("since", { moment: momentWords(factor.created_at) })]
                        .filter((part) => part !== "")
                        .join(" · ")
                    : t("factor_off")}
                </span>
              </div>
              <div className={styles.buttons}>
                {account.factors_available.includes(method) && (
                  <Button
                    kind="secondary"
                    size="md"
                    aria-label={t(factor ? `factor_change_${method}` : `factor_add_${method}`)}
                    onClick={() => open({ dialog: "add", method })}
                  >
                    {t(factor ? "change" : "add")}
                  </Button>
                )}
                {factor && removable && (
                  <Button
                    kind="tertiary"
                    size="md"
                    aria-label={t(`factor_remove_${method}`)}
                    onClick={() => open({ dialog: "remove", method })}
                  >
                    {t("remove")}
                  </Button>
                )}
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Recovery({ left, renew }: { left: number; renew: () => void }) {
  const { t } = useTranslation("account");
  return (
    <section className={styles.section}>
      <h2>{t("recovery")}</h2>
      <div className={styles.row}>
        <p className={`${styles.grow} ${styles.hint}`}>{t("recovery_left", { count: left })}</p>
        <Button kind="secondary" size="md" onClick={renew}>
          {t("recovery_renew")}
        </Button>
      </div>
    </section>
  );
}

function Trusted() {
  const { t } = useTranslation("account");
  const forget = (): void => {
    accounts.distrust().then(
      () => toast("success", t("trusted_forgotten")),
      (error: unknown) => toast("error", errorWords(error)),
    );
  };
  return (
    <section className={styles.section}>
      <h2>{t("trusted")}</h2>
      <div className={styles.row}>
        <p className={`${styles.grow} ${styles.hint}`}>{t("trusted_hint")}</p>
        <Button kind="secondary" size="md" onClick={forget}>
          {t("trusted_forget")}
        </Button>
      </div>
    </section>
  );
}
