import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { errorWords } from "../api/errors";
import { encryptionPossible } from "../meetings/session/encryptable";
import { Door } from "../session/Door";
import door from "../session/Door.module.css";

const KNOWN = ["link_unknown", "link_expired", "link_revoked", "link_incomplete"] as const;

/** A link that opens no meeting: why, and whom to ask. */
export function BadLinkPage({ error, onAgain }: { error: unknown; onAgain: () => void }) {
  const { t } = useTranslation("guest");
  const code = KNOWN.find((known) => error instanceof ApiError && error.code === known);
  const why = code === "link_incomplete" && !encryptionPossible() ? "cannot_encrypt" : code;
  if (why) return <Door title={t(why)} lead={t(`${why}_text`)} step="bad" />;
  return (
    <Door title={t("failed")} lead={errorWords(error)} step="bad">
      <Button className={door.wide ?? ""} onClick={onAgain}>
        {t("retry", { ns: "app" })}
      </Button>
    </Door>
  );
}
