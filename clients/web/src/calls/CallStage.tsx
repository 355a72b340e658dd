import CollapseIcon from "@vector-im/compound-design-tokens/assets/web/icons/collapse";
import MicOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-off-solid";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNumberFormat } from "../numbers/numberFormat";
import type { CallSnapshot } from "./call";
import { CallControls } from "./CallControls";
import styles from "./CallStage.module.css";
import { CallStatus } from "./CallStatus";
import { calls } from "./manager";
import { PeerAvatar } from "./PeerAvatar";
import { RoundButton } from "../ui/RoundButton";
import { ToneKeypad } from "./ToneKeypad";

/** A call at full size: the peer large, oneself small, controls at the bottom. Escape goes back to the page. */
export function CallStage({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation("calls");
  const format = useNumberFormat();
  const [keypad, setKeypad] = useState(false);
  const collapse = (): void => calls.expand(null);
  useEscape(collapse);
  return (
    <section
      className={`${styles.stage} cpd-theme-dark`}
      aria-label={t("call_with", { name: call.peer.name })}
      data-testid="call-stage"
    >
      {call.remoteVideo && call.remoteStream ? (
        <Picture stream={call.remoteStream} className={styles.remote ?? ""} testId="remote-video" />
      ) : (
        <div className={styles.portrait}>
          <PeerAvatar userId={call.peer.userId} name={call.peer.name} size={144} />
        </div>
      )}
      <header className={styles.head}>
        <div className={styles.who}>
          <strong className={styles.name}>{format(call.peer.name)}</strong>
          <CallStatus call={call} />
        </div>
        <RoundButton Icon={CollapseIcon} label={t("collapse")} kind="quiet" onClick={collapse} />
      </header>
      {call.cameraOn && call.localStream && (
        <div className={styles.self}>
          <Picture stream={call.localStream} className={styles.mirror ?? ""} testId="local-video" />
          {call.muted && (
            <MicOffIcon className={styles.muted} width={18} height={18} aria-label={t("muted_badge")} />
          )}
        </div>
      )}
      {keypad && (
        <div className={styles.keypad}>
          <ToneKeypad call={call} />
        </div>
      )}
      <footer className={styles.controls}>
        {call.trouble === "no-camera" && (
          <p className={styles.trouble} role="alert">
            {t("no_camera")}
          </p>
        )}
        <CallControls call={call} size="large" keypadOpen={keypad} onKeypad={() => setKeypad(!keypad)} />
      </footer>
    </section>
  );
}

/** A picture without sound: the sound is `RemoteAudio`'s. */
function Picture({ stream, className, testId }: { stream: MediaStream; className: string; testId: string }) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (element.current) element.current.srcObject = stream;
  }, [stream]);
  return <video ref={element} className={className} data-testid={testId} autoPlay playsInline muted />;
}

function useEscape(run: () => void): void {
  const latest = useEffectEvent(run);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape") latest();
    };
    // Before an open tooltip, which would keep the key for itself.
    window.addEventListener("keydown", onKey, true);
    return () => window.removeEventListener("keydown", onKey, true);
  }, []);
}
