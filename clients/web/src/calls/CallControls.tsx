import AddIcon from "@vector-im/compound-design-tokens/assets/web/icons/user-add";
import DeskPhoneIcon from "@vector-im/compound-design-tokens/assets/web/icons/devices";
import DialPadIcon from "@vector-im/compound-design-tokens/assets/web/icons/dial-pad";
import EndCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/end-call";
import MicOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-off-solid";
import MicOnIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-on-solid";
import PauseIcon from "@vector-im/compound-design-tokens/assets/web/icons/pause-solid";
import PlayIcon from "@vector-im/compound-design-tokens/assets/web/icons/play-solid";
import StopIcon from "@vector-im/compound-design-tokens/assets/web/icons/stop-solid";
import TransferIcon from "@vector-im/compound-design-tokens/assets/web/icons/forward";
import VideoIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import VideoOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-off-solid";
import type { ComponentProps, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { usePerson } from "../people/people";
import { useMe } from "../session/session";
import { useStore } from "../state/store";
import { RoundButton } from "../ui/RoundButton";
import type { CallSnapshot } from "./call";
import styles from "./CallControls.module.css";
import { CallMenu } from "./control/CallMenu";
import { meet, moveToDeskPhone, record } from "./control/commands";
import { fates } from "./control/fates";
import { useMayMeet } from "./control/useMayMeet";
import { openPanel, type PanelKind, togglePanel } from "./island/panel";
import { calls } from "./manager";
import { RecordIcon } from "./recording/RecordIcon";
import { nextStep, useMayRecord, useRecording } from "./recording/useRecording";

interface Props {
  call: CallSnapshot;
  /**
   * "bar": small, in a row; "stage": large, in a row; "thumb": with their names, in three columns, for a telephone;
   * "brief": only what is needed at once, microphone (or resuming) and hang up.
   */
  layout: "bar" | "stage" | "thumb" | "brief";
}

/** What can be done in a call, in the same order wherever it is shown. Off is red, on is quiet. */
export function CallControls({ call, layout }: Props) {
  const { t } = useTranslation("calls");
  const command = calls.get(call.id);
  const open = useStore(openPanel);
  const deskPhone = usePerson(useMe().user_id)?.desk_phone ?? false;
  const stands = call.phase === "connected" || call.phase === "held";
  // Once it is on its way elsewhere, nothing else can be done with it.
  const leaving = useStore(fates).has(call.id);
  const idle = stands && !leaving;
  const size = SIZES[layout];
  const camera = call.canSendVideo || call.cameraOn;
  const meets = useMayMeet(call);
  const addButton = layout === "thumb" && !camera;
  const step = nextStep(useRecording(call), useMayRecord());
  const panel = (kind: PanelKind): ComponentProps<typeof RoundButton>["pressed"] =>
    open?.callId === call.id && open.kind === kind;
  const hold = (
    <RoundButton
      Icon={call.heldByUs ? PlayIcon : PauseIcon}
      label={t(call.heldByUs ? "resume" : "hold")}
      kind={call.heldByUs ? "answer" : "plain"}
      size={size}
      disabled={!stands}
      onClick={() => calls.setHeld(call.id, !call.heldByUs)}
    />
  );
  return (
    <div className={styles.controls} data-layout={layout} role="toolbar" aria-label={t("controls")}>
      {layout === "brief" && call.heldByUs ? (
        hold
      ) : (
        <Captioned words={t("short_mute")} layout={layout}>
          <RoundButton
            Icon={call.muted ? MicOffIcon : MicOnIcon}
            label={t(call.muted ? "unmute" : "mute")}
            kind={call.muted ? "off" : "plain"}
            size={size}
            disabled={call.localStream === null}
            onClick={() => void command?.setMuted(!call.muted)}
          />
        </Captioned>
      )}
      {layout !== "brief" && (
        <>
          {camera && (
            <Captioned words={t("short_camera")} layout={layout}>
              <RoundButton
                Icon={call.cameraOn ? VideoIcon : VideoOffIcon}
                label={t(call.cameraOn ? "camera_off" : "camera_on")}
                kind={call.cameraOn ? "plain" : "off"}
                size={size}
                disabled={call.localStream === null}
                onClick={() => void command?.setCamera(!call.cameraOn)}
              />
            </Captioned>
          )}
          {meets && !camera && (
            <Captioned words={t("short_meet")} layout={layout}>
              <RoundButton
                Icon={VideoIcon}
                label={t("meet")}
                size={size}
                disabled={!idle}
                onClick={() => void meet(call.id)}
              />
            </Captioned>
          )}
          <Captioned words={t(call.heldByUs ? "resume" : "short_hold")} layout={layout}>
            {hold}
          </Captioned>
          <Captioned words={t("keypad")} layout={layout}>
            <RoundButton
              Icon={DialPadIcon}
              label={t("keypad")}
              pressed={panel("keypad")}
              size={size}
              disabled={!stands}
              onClick={() => togglePanel(call.id, "keypad")}
            />
          </Captioned>
          <Captioned words={t("transfer")} layout={layout}>
            <RoundButton
              Icon={TransferIcon}
              label={t("transfer")}
              pressed={panel("transfer")}
              size={size}
              disabled={!idle}
              onClick={() => togglePanel(call.id, "transfer")}
            />
          </Captioned>
          {addButton && (
            <Captioned words={t("add_now")} layout={layout}>
              <RoundButton
                Icon={AddIcon}
                label={t("add")}
                pressed={panel("add")}
                size={size}
                disabled={!idle}
                onClick={() => togglePanel(call.id, "add")}
              />
            </Captioned>
          )}
          {step !== null && (
            <Captioned words={t(`short_record_${step}`)} layout={layout}>
              <RoundButton
                Icon={RECORD_ICONS[step]}
                label={t(`record_${step}`)}
                size={size}
                disabled={!idle}
                onClick={() => void record(call.id, step)}
              />
            </Captioned>
          )}
          {deskPhone && layout !== "thumb" && (
            <RoundButton
              Icon={DeskPhoneIcon}
              label={t("move_to_desk_phone")}
              size={size}
              disabled={!idle}
              onClick={() => void moveToDeskPhone(call.id)}
            />
          )}
          <Captioned words={t("more")} layout={layout}>
            <CallMenu
              call={call}
              size={size}
              disabled={!idle}
              onStage={layout === "stage" || layout === "thumb"}
              adds={!addButton}
            />
          </Captioned>
        </>
      )}
      <RoundButton
        Icon={EndCallIcon}
        label={t("hang_up")}
        kind="end"
        size={size}
        onClick={() => command?.hangUp()}
      />
    </div>
  );
}

const RECORD_ICONS = { start: RecordIcon, pause: PauseIcon, resume: RecordIcon, stop: StopIcon } as const;

const SIZES = { bar: "small", stage: "large", thumb: "large", brief: "medium" } as const;

/** A button with its name under it, where there is room; the name is the button's own for screen readers. */
function Captioned({
  words,
  layout,
  children,
}: {
  words: string;
  layout: Props["layout"];
  children: ReactNode;
}) {
  if (layout !== "thumb") return children;
  return (
    <span className={styles.captioned}>
      {children}
      <span className={styles.caption} aria-hidden>
        {words}
      </span>
    </span>
  );
}
