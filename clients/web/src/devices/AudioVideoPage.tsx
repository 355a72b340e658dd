import { useEffect } from "react";
import settings from "../account/Settings.module.css";
import { CameraSection } from "./CameraSection";
import { followDevices } from "./devices";
import { MicrophoneSection } from "./MicrophoneSection";
import { SpeakerSection } from "./SpeakerSection";

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
      </section>
      <section className={settings.section}>
        <CameraSection />
      </section>
    </>
  );
}
