import CollapseIcon from "@vector-im/compound-design-tokens/assets/web/icons/collapse";
import MicOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-off-solid";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useNumberFormat } from "../numbers/numberFormat";
import { useStore } from "../state/store";
import { useLayout } from "../ui/layout";
import { RoundButton } from "../ui/RoundButton";
import type { CallSnapshot } from "./call";
import { CallControls } from "./CallControls";
import styles from "./CallStage.module.css";
import { CallStatus } from "./CallStatus";
import { ConsultNote } from "./control/ConsultNote";
import { MeetingNote } from "./control/MeetingNote";
import { CallPanel } from "./island/CallPanel";
import { openPanel } from "./island/panel";
import { calls } from "./manager";
import { PeerAvatar } from "./PeerAvatar";
import { SoundNote } from "./quality/SoundNote";
import { useCalls } from "./useCalls";
import { phaseWords } from "./words";

/** A call at full size: the peer large, oneself small, controls at the bottom. */
export function CallStage({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation("calls");
  const format = useNumberFormat();
  const phone = useLayout() === "phone";
  const stage = useFocusHere();
  const opened = useStore(openPanel)?.callId === call.id;
  return (
    <section
      ref={stage}
      tabIndex={-1}
      className={`${styles.stage} cpd-theme-dark`}
      data-fills-window
      aria-label={t("call_with", { name: format(call.peer.name) })}
      data-testid="call-stage"
    >
      <header className={styles.head}>
        <div className={styles.who}>
          <strong className={styles.name}>{format(call.peer.name)}</strong>
          <CallStatus call={call} />
        </div>
        <Others call={call} />
        <RoundButton
          Icon={CollapseIcon}
          label={t("collapse")}
          kind="quiet"
          onClick={() => calls.expand(null)}
        />
      </header>
      {phone && opened ? (
        // On a telephone it takes the picture's place: the controls stay where the thumb is.
        <div className={styles.panel}>
          <CallPanel calls={[call]} />
        </div>
      ) : (
        <Peer call={call} />
      )}
      {call.cameraOn && call.localStream && !(phone && opened) && (
        <div className={styles.self}>
          <Picture stream={call.localStream} className={styles.mirror ?? ""} testId="local-video" />
          {call.muted && (
            <MicOffIcon className={styles.muted} width={18} height={18} aria-label={t("muted_badge")} />
          )}
        </div>
      )}
      <footer className={styles.controls}>
        <SoundNote call={call} />
        {call.trouble === "no-camera" && (
          <p className={styles.trouble} role="alert">
            {t("no_camera")}
          </p>
        )}
        <ConsultNote call={call} />
        <MeetingNote call={call} />
        <CallControls call={call} layout={phone ? (opened ? "brief" : "thumb") : "stage"} />
      </footer>
    </section>
  );
}

/** The other calls of the page: a press puts this one on hold and goes to that one. */
function Others({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation("calls");
  const format = useNumberFormat();
  const others = useCalls().calls.filter((other) => other.id !== call.id && other.phase !== "ringing-in");
  const swap = (id: string): void => {
    calls.setHeld(id, false);
    calls.expand(id);
  };
  return (
    <div className={styles.others}>
      {others.map((other) => (
        <button key={other.id} type="button" className={styles.other} onClick={() => swap(other.id)}>
          <PeerAvatar userId={other.peer.userId} name={other.peer.name} size={28} />
          <span className="visually-hidden">{t("swap_to")} </span>
          <span className={styles.otherName}>{format(other.peer.name)}</span>
          <span>{phaseWords(other)}</span>
        </button>
      ))}
    </div>
  );
}

/** All else is out of reach while it is shown: the focus comes here, and goes back to where it was. */
function useFocusHere() {
  const stage = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    stage.current?.focus({ preventScroll: true });
    return () => {
      // What was covered can take the focus again once it is drawn so.
      setTimeout(() => {
        if (document.activeElement === document.body && before instanceof HTMLElement) before.focus();
      });
    };
  }, []);
  return stage;
}

function Peer({ call }: { call: CallSnapshot }) {
  if (call.remoteVideo && call.remoteStream) {
    return <Picture stream={call.remoteStream} className={styles.remote ?? ""} testId="remote-video" />;
  }
  return (
    <div className={styles.portrait}>
      <PeerAvatar userId={call.peer.userId} name={call.peer.name} size={144} />
    </div>
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
