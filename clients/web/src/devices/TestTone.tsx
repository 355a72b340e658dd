import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import settings from "../ui/Settings.module.css";
import { toast } from "../ui/toasts";
import { chosenId } from "./devices";
import { playTestTone } from "./playTone";

/** Plays a short tune on the chosen loudspeaker. */
export function TestTone() {
  const { t } = useTranslation("devices");
  const [playing, setPlaying] = useState(false);
  const play = (): void => {
    setPlaying(true);
    playTestTone(chosenId("speaker"))
      .catch(() => toast("error", t("tone_failed")))
      .finally(() => setPlaying(false));
  };
  return (
    <div className={settings.row}>
      <Button kind="secondary" size="md" type="button" disabled={playing} onClick={play}>
        {t("tone")}
      </Button>
      <span role="status">{playing && t("tone_playing")}</span>
    </div>
  );
}
