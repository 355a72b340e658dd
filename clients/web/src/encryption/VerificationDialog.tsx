import { Button } from "@vector-im/compound-web";
import VerifiedIcon from "@vector-im/compound-design-tokens/assets/web/icons/verified";
import { useTranslation } from "react-i18next";
import { endOf, useVerification, type Verification } from "../matrix/verification";
import { Dialog } from "../ui/Dialog";
import styles from "./Encryption.module.css";

/** The verification that goes on, on whatever page. */
export function VerificationDialog() {
  const { t } = useTranslation("encryption");
  const open = useVerification();
  if (!open) return null;
  const title = open.self ? t("verify_device") : t("verify_person", { name: open.name });
  return (
    <Dialog title={title} onClose={open.close} actions={<Actions open={open} />}>
      <div className={styles.body} aria-live="polite">
        <Words open={open} />
      </div>
    </Dialog>
  );
}

function Words({ open }: { open: Verification }) {
  const { t } = useTranslation("encryption");
  const { self, name } = open;
  switch (open.stage) {
    case "incoming":
      return <p>{t(self ? "verify_incoming_device" : "verify_incoming_person", { name })}</p>;
    case "waiting":
      return <p>{t(self ? "verify_waiting_device" : "verify_waiting_person", { name })}</p>;
    case "ready":
      return <p>{t("verify_ready")}</p>;
    case "emoji":
      return (
        <>
          <p>{t(self ? "verify_compare_device" : "verify_compare_person", { name })}</p>
          <Emoji emoji={open.emoji} />
        </>
      );
    case "confirming":
      return <p>{t("verify_confirming")}</p>;
    case "done":
      return (
        <p className={styles.done}>
          <VerifiedIcon width={24} height={24} aria-hidden />
          {t(self ? "verify_done_device" : "verify_done_person", { name })}
        </p>
      );
    default:
      return <p>{t(`verify_${endOf(open.code)}`)}</p>;
  }
}

function Emoji({ emoji }: Pick<Verification, "emoji">) {
  const { t, i18n } = useTranslation("encryption");
  return (
    <ol role="list" className={styles.emoji} data-testid="sas">
      {emoji.map(([sign, name], place) => {
        const key = `emoji_${name.replaceAll(" ", "_")}`;
        return (
          // The same may come twice.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={place}>
            <span aria-hidden>{sign}</span>
            {i18n.exists(key, { ns: "encryption" }) ? t(key as "emoji_dog") : name}
          </li>
        );
      })}
    </ol>
  );
}

function Actions({ open }: { open: Verification }) {
  const { t } = useTranslation("encryption");
  switch (open.stage) {
    case "incoming":
      return (
        <>
          <Button kind="secondary" onClick={open.close}>
            {t("verify_decline")}
          </Button>
          <Button onClick={open.accept}>{t("verify_accept")}</Button>
        </>
      );
    case "ready":
      return <Button onClick={open.begin}>{t("verify_begin")}</Button>;
    case "emoji":
      return (
        <>
          <Button kind="secondary" destructive onClick={open.differs}>
            {t("verify_differ")}
          </Button>
          <Button onClick={open.matches}>{t("verify_match")}</Button>
        </>
      );
    case "done":
    case "cancelled":
      return <Button onClick={open.close}>{t("close", { ns: "app" })}</Button>;
    default:
      return (
        <Button kind="secondary" onClick={open.close}>
          {t("cancel", { ns: "app" })}
        </Button>
      );
  }
}
