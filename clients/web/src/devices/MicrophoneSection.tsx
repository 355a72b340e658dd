import { Button, ToggleInput } from "@vector-im/compound-web";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import settings from "../ui/Settings.module.css";
import { useStore } from "../state/store";
import styles from "./Devices.module.css";
import { DeviceSelect } from "./DeviceSelect";
import { devices, setNoiseSuppression } from "./devices";
import { HearYourself } from "./HearYourself";
import { LevelMeter } from "./LevelMeter";
import { useCapture, useMicrophoneWish } from "./useCapture";
import { troubleWords } from "./words";

export function MicrophoneSection() {
  const { t } = useTranslation("devices");
  const [testing, setTesting] = useState(false);
  const wish = useMicrophoneWish();
  const { track, trouble } = useCapture(testing ? wish : null);
  return (
    <>
      <h2>{t("microphone")}</h2>
      <DeviceSelect kind="microphone" headed />
      <NoiseSuppression />
      <div className={settings.row}>
        <Button kind="secondary" size="md" onClick={() => setTesting(!testing)}>
          {t(testing ? "microphone_test_end" : "microphone_test")}
        </Button>
        {track && <HearYourself track={track} />}
      </div>
      {testing && !trouble && (
        <>
          <LevelMeter track={track} />
          <p className={settings.hint}>{t("level_hint")}</p>
        </>
      )}
      <div role="alert">
        {trouble && <p className={styles.trouble}>{t(troubleWords("microphone", trouble))}</p>}
      </div>
    </>
  );
}

function NoiseSuppression() {
  const { t } = useTranslation("devices");
  const id = useId();
  const { noiseSuppression } = useStore(devices);
  return (
    <div className={styles.switch}>
      <div className={settings.grow}>
        <label htmlFor={id}>{t("noise_suppression")}</label>
        <p id={`${id}-hint`} className={settings.hint}>
          {t("noise_suppression_hint")}
        </p>
      </div>
      <ToggleInput
        id={id}
        aria-describedby={`${id}-hint`}
        checked={noiseSuppression}
        onChange={(event) => setNoiseSuppression(event.target.checked)}
      />
    </div>
  );
}
