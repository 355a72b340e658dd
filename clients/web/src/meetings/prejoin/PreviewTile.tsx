import { InlineSpinner } from "@vector-im/compound-web";
import MicOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-off-solid";
import MicIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-on-solid";
import CameraOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-off-solid";
import CameraIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import { useTranslation } from "react-i18next";
import { RoundButton } from "../../ui/RoundButton";
import { CameraPicture } from "../../devices/CameraPicture";
import { LevelMeter } from "../../devices/LevelMeter";
import styles from "./PreJoin.module.css";
import type { GreenRoom } from "./useGreenRoom";

/** How one will be seen, with the two switches that matter. */
export function PreviewTile({ room, paused }: { room: GreenRoom; paused: boolean }) {
  const { t } = useTranslation("meetings/prejoin");
  const { microphone, camera } = room;
  const { track, loading } = camera.picture;
  return (
    <div className={`${styles.tile} cpd-theme-dark`}>
      {track ? (
        <CameraPicture track={track} label={t("preview")} className={styles.picture ?? ""} />
      ) : (
        <p className={styles.dark}>{t(camera.on && !paused ? "camera_starting" : "camera_off")}</p>
      )}
      <p role="status" className={styles.loading}>
        {loading && <EffectLoading />}
      </p>
      <div className={styles.level}>{microphone.track && <LevelMeter track={microphone.track} />}</div>
      <div className={styles.switches}>
        <RoundButton
          Icon={microphone.on ? MicIcon : MicOffIcon}
          label={t(microphone.on ? "microphone_turn_off" : "microphone_turn_on")}
          kind={microphone.on ? "plain" : "off"}
          size="large"
          disabled={paused}
          onClick={microphone.toggle}
        />
        <RoundButton
          Icon={camera.on ? CameraIcon : CameraOffIcon}
          label={t(camera.on ? "camera_turn_off" : "camera_turn_on")}
          kind={camera.on ? "plain" : "off"}
          size="large"
          disabled={paused}
          onClick={camera.toggle}
        />
      </div>
      {/* Said when it changes: the button's words tell what a press would do, not how it stands. */}
      <p className="visually-hidden" aria-live="polite">
        {t(microphone.on ? "microphone_state_on" : "microphone_state_off")},{" "}
        {t(camera.on ? "camera_state_on" : "camera_state_off")}
      </p>
    </div>
  );
}

function EffectLoading() {
  const { t } = useTranslation("meetings/effects");
  return (
    <>
      <InlineSpinner size={18} aria-hidden /> {t("loading")}
    </>
  );
}
