import { Button } from "@vector-im/compound-web";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import settings from "../ui/Settings.module.css";
import { api } from "../api/client";
import { dial } from "./place";

/** Where the organisation has a number that repeats what one says (the demo has), a call to it. */
export function EchoCall() {
  const { t } = useTranslation("devices");
  const [number, setNumber] = useState<string | null>(null);
  useEffect(() => {
    api.config().then(
      ({ demo }) => setNumber(demo?.outside_number ?? null),
      () => setNumber(null),
    );
  }, []);
  if (!number) return null;
  return (
    <div className={settings.row}>
      <p className={`${settings.hint} ${settings.grow}`}>{t("echo_hint")}</p>
      <Button kind="tertiary" size="md" onClick={() => void dial(number)}>
        {t("echo_call")}
      </Button>
    </div>
  );
}
