import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { errorWords } from "../api/errors";
import { navigate, paths } from "../routes/routes";
import { Door } from "../session/Door";
import styles from "../session/Door.module.css";

const KNOWN = ["link_unknown", "link_expired", "link_used", "link_revoked"] as const;

interface Props {
  kind: "invitation" | "reset";
  error: unknown;
}

/** A link that does not work: why, and what to do. */
export function BadLink({ kind, error }: Props) {
  const { t } = useTranslation("signup");
  const code = KNOWN.find((known) => error instanceof ApiError && error.code === known);
  if (!code) {
    return (
      <Door title={t("link_failed")} lead={errorWords(error)} step="bad">
        <Button className={styles.wide ?? ""} onClick={() => window.location.reload()}>
          {t("again")}
        </Button>
      </Door>
    );
  }
  const renew = kind === "reset" && code !== "link_used";
  return (
    <Door title={t(code)} lead={t(`${code}_${kind}`)} step="bad">
      {renew && (
        <Button className={styles.wide ?? ""} onClick={() => navigate(paths.forgotten)}>
          {t("ask_again")}
        </Button>
      )}
      <Button
        className={styles.wide ?? ""}
        kind={renew ? "secondary" : "primary"}
        onClick={() => navigate(paths.home)}
      >
        {t("to_sign_in")}
      </Button>
    </Door>
  );
}
