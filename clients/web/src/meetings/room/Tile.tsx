import HandIcon from "@vector-im/compound-design-tokens/assets/web/icons/raised-hand-solid";
import LockOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/lock-off";
import MicOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-off-solid";
import PinIcon from "@vector-im/compound-design-tokens/assets/web/icons/pin";
import PinSolidIcon from "@vector-im/compound-design-tokens/assets/web/icons/pin-solid";
import { Tooltip } from "@vector-im/compound-web";
import { memo, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "../../state/store";
import type { ParticipantSnapshot } from "../session/types";
import { ParticipantAvatar } from "./ParticipantAvatar";
import { Picture } from "./Picture";
import { QualityBars } from "./QualityBars";
import styles from "./Tile.module.css";
import { pinned } from "./useStage";

/** Tiles under this width have no place for a button, in CSS pixels. */
const SMALL = 150;

interface Props {
  participant: ParticipantSnapshot;
  kind: "camera" | "screen";
  style?: CSSProperties;
  /** Pixels: small tiles say less. */
  width: number;
  /** Without buttons, where the tile stands alone. */
  bare?: boolean;
}

/** One participant, or the screen that they share. */
export const Tile = memo(function Tile({ participant, kind, style, width, bare = false }: Props) {
  const { t } = useTranslation("meetings/room");
  const feed = kind === "screen" ? participant.screen : participant.camera;
  const name = participant.me ? t("you") : participant.name;
  return (
    <div
      className={styles.tile}
      style={style}
      role="group"
      aria-label={tileWords(t, participant, kind)}
      data-testid={`${kind}-tile`}
      data-speaking={(kind === "camera" && participant.speaking) || undefined}
      data-kind={kind}
    >
      {feed ? (
        <Picture feed={feed} kind={kind} mirrored={participant.me && kind === "camera"} />
      ) : (
        <span className={styles.portrait}>
          <ParticipantAvatar
            participant={participant}
            size={Math.round(Math.max(40, Math.min(128, width / 3.2)))}
          />
        </span>
      )}
      <div className={styles.plate}>
        {kind === "camera" && !participant.microphone && (
          <MicOffIcon className={styles.mute} width={16} height={16} aria-hidden />
        )}
        <span className={styles.name}>{kind === "screen" ? screenWords(t, participant) : name}</span>
        {kind === "camera" && <QualityBars quality={participant.quality} />}
      </div>
      {kind === "camera" && participant.hand !== null && (
        <span className={styles.hand} aria-hidden>
          <HandIcon width={20} height={20} />
        </span>
      )}
      {participant.unencrypted && (
        <span className={styles.unencrypted}>
          <LockOffIcon width={14} height={14} aria-hidden />
          {width > 220 && t("not_encrypted")}
        </span>
      )}
      {!bare && width >= SMALL && !participant.me && kind === "camera" && (
        <PinButton identity={participant.identity} name={name} />
      )}
    </div>
  );
});

function PinButton({ identity, name }: { identity: string; name: string }) {
  const { t } = useTranslation("meetings/room");
  const on = useStore(pinned) === identity;
  const Icon = on ? PinSolidIcon : PinIcon;
  const label = t(on ? "unpin" : "pin", { name });
  return (
    <Tooltip label={label}>
      <button
        type="button"
        className={styles.pin}
        aria-label={label}
        aria-pressed={on}
        onClick={() => pinned.set(on ? null : identity)}
      >
        <Icon width={18} height={18} aria-hidden />
      </button>
    </Tooltip>
  );
}

type Words = ReturnType<typeof useTranslation<"meetings/room">>["t"];

/** All that the tile shows, for who hears it. */
function tileWords(t: Words, participant: ParticipantSnapshot, kind: "camera" | "screen"): string {
  if (kind === "screen") return screenWords(t, participant);
  const name = participant.me ? t("you") : participant.name;
  return [
    name,
    participant.kind === "member" ? null : t(`kind_${participant.kind}`),
    participant.microphone ? null : t("muted"),
    participant.hand === null ? null : t("hand_is_up"),
    participant.unencrypted ? t("not_encrypted") : null,
  ]
    .filter(Boolean)
    .join(", ");
}

function screenWords(t: Words, { me, name }: ParticipantSnapshot): string {
  return me ? t("screen_own") : t("screen_of", { name });
}
