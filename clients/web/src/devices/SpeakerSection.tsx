import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import settings from "../account/Settings.module.css";
import { toast } from "../app/toasts";
import { DeviceSelect } from "./DeviceSelect";
import { chosenId } from "./devices";
import { EchoCall } from "./EchoCall";
import { playTestTone } from "./testTone";

export function SpeakerSection() {
  const { t } = useTranslation("devices");
  const [playing, setPlaying] = useState(false);
  const play = (): void => {
    setPlaying(true);
    playTestTone(chosenId("speaker"))
      .catch(() => toast("error", t("tone_failed")))
      .finally(() => setPlaying(false));
  };
  return (
    <>
      <h2>{t("speaker")}</h2>
      <DeviceSelect kind="speaker" headed />
      <div className={settings.row}>
        <Button kind="secondary" size="md" disabled={playing} onClick={play}>
          {t("tone")}
        </Button>
        <span role="status">{playing && t("tone_playing")}</span>
      </div>
      <EchoCall />
    </>
  );
}
