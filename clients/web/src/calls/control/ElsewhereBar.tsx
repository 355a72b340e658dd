import DeskPhoneIcon from "@vector-im/compound-design-tokens/assets/web/icons/devices";
import EndCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/end-call";
import ParkIcon from "@vector-im/compound-design-tokens/assets/web/icons/hourglass";
import PauseIcon from "@vector-im/compound-design-tokens/assets/web/icons/pause-solid";
import PlayIcon from "@vector-im/compound-design-tokens/assets/web/icons/play-solid";
import StopIcon from "@vector-im/compound-design-tokens/assets/web/icons/stop-solid";
import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { LiveCall } from "../../api/calls";
import { useNumberFormat } from "../../numbers/numberFormat";
import { useLayout } from "../../ui/layout";
import { RoundButton } from "../../ui/RoundButton";
import { formatDuration } from "../duration";
import styles from "../island/CallBar.module.css";
import { useElapsed } from "../useCalls";
import { RecordingBadge } from "../recording/RecordingBadge";
import { RecordIcon } from "../recording/RecordIcon";
import { mayStop, nextStep, useMayRecord } from "../recording/useRecording";
import { ListenersBadge } from "./ListenersBadge";
import { hangUpThere, holdThere, recordThere, takeHere } from "./commands";

/** A call of mine that is not on this page: on my desk phone, in another client, or parked. One press brings it. */
export function ElsewhereBar({ call }: { call: LiveCall }) {
  const { t } = useTranslation("calls");
  const format = useNumberFormat();
  const size = useLayout() === "phone" ? "medium" : "small";
  const [busy, setBusy] = useState(false);
  const elapsed = useElapsed(call.state === "ringing" ? null : call.since);
  const name = format(call.peer.name || call.peer.number || "") || t("hidden_number");
  const parked = call.state === "parked";
  const held = call.held_by === "me" || call.held_by === "both";
  const talking = !parked && call.state !== "ringing";
  const step = nextStep(call.recording, useMayRecord());
  const run = async (action: Promise<unknown>): Promise<void> => {
    setBusy(true);
    await action;
    setBusy(false);
  };
  const Icon = parked ? ParkIcon : DeskPhoneIcon;
  return (
    <div
      className={styles.bar}
      role="group"
      aria-label={t("call_with", { name })}
      data-phase="elsewhere"
      data-testid="elsewhere-bar"
    >
      <span className={styles.who}>
        <span className={styles.place} aria-hidden>
          <Icon width={20} height={20} />
        </span>
        <span className={styles.words}>
          <strong className={styles.name}>{name}</strong>
          <span className={styles.how}>
            {placeWords(t, call, name)}
            {call.state !== "ringing" && ` · ${formatDuration(elapsed)}`}
          </span>
          <RecordingBadge recording={call.recording} />
          <ListenersBadge listeners={call.listeners} />
        </span>
      </span>
      <div className={styles.controls}>
        {call.state !== "ringing" && (
          <Button kind="primary" size="md" disabled={busy} onClick={() => void run(takeHere(call))}>
            {t(parked ? "take_parked" : "continue_here")}
          </Button>
        )}
        {call.on !== "matrix" && !parked && call.state !== "ringing" && (
          <RoundButton
            Icon={held ? PlayIcon : PauseIcon}
            label={t(held ? "resume_there" : "hold_there", { name })}
            kind={held ? "answer" : "plain"}
            size={size}
            disabled={busy}
            onClick={() => void run(holdThere(call, !held))}
          />
        )}
        {talking && step !== null && (
          <RoundButton
            Icon={step === "pause" ? PauseIcon : RecordIcon}
            label={t(`record_${step}`)}
            size={size}
            disabled={busy}
            onClick={() => void run(recordThere(call, step))}
          />
        )}
        {talking && mayStop(call.recording) && (
          <RoundButton
            Icon={StopIcon}
            label={t("record_stop")}
            size={size}
            disabled={busy}
            onClick={() => void run(recordThere(call, "stop"))}
          />
        )}
        {!parked && (
          <RoundButton
            Icon={EndCallIcon}
            label={t("hang_up_there", { name })}
            kind="end"
            size={size}
            onClick={() => void hangUpThere(call)}
          />
        )}
      </div>
    </div>
  );
}

const PLACES = { desk_phone: "on_desk_phone", mobile: "on_mobile", matrix: "on_other_device" } as const;

function placeWords(
  t: ReturnType<typeof useTranslation<"calls">>["t"],
  call: LiveCall,
  name: string,
): string {
  if (call.state === "parked") return t("parked_in", { slot: call.slot ?? "" });
  const place = t(PLACES[call.on ?? "matrix"]);
  if (call.state === "ringing") return `${place} · ${t("ringing")}`;
  if (call.state !== "held") return place;
  return `${place} · ${call.held_by === "peer" ? t("held_by_peer", { name }) : t("held")}`;
}
