import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CameraPicture } from "./CameraPicture";
import styles from "./Devices.module.css";
import { DeviceSelect } from "./DeviceSelect";
import { useCameraWish, useCapture } from "./useCapture";
import { troubleWords } from "./words";

export function CameraSection() {
  const { t } = useTranslation("devices");
  const [shown, setShown] = useState(false);
  const wish = useCameraWish();
  const { track, opening, trouble } = useCapture(shown ? wish : null);
  return (
    <>
      <h2>{t("camera")}</h2>
      <DeviceSelect kind="camera" headed />
      {shown && !trouble && (
        <div className={styles.frame} aria-busy={opening}>
          {track && <CameraPicture track={track} label={t("preview")} />}
        </div>
      )}
      <div role="alert">
        {trouble && <p className={styles.trouble}>{t(troubleWords("camera", trouble))}</p>}
      </div>
      <div>
        <Button kind="secondary" size="md" onClick={() => setShown(!shown)}>
          {t(shown ? "preview_hide" : "preview_show")}
        </Button>
      </div>
    </>
  );
}
