import { useEffect } from "react";
import { EchoCall } from "../calls/EchoCall";
import settings from "../ui/Settings.module.css";
import { CameraSection } from "../devices/CameraSection";
import { followDevices } from "../devices/devices";
import { MicrophoneSection } from "../devices/MicrophoneSection";
import { SpeakerSection } from "../devices/SpeakerSection";

/** Which microphone, loudspeaker and camera are used here, each with a way to try it. */
export function AudioVideoPage() {
  useEffect(() => followDevices(), []);
  return (
    <>
      <section className={settings.section}>
        <MicrophoneSection />
      </section>
      <section className={settings.section}>
        <SpeakerSection />
        <EchoCall />
      </section>
      <section className={settings.section}>
        <CameraSection />
      </section>
    </>
  );
}
