import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../ui/Dialog";
import { readDevices } from "../../devices/devices";
import { DeviceSelect } from "../../devices/DeviceSelect";
import { EffectPicker } from "../effects/EffectPicker";
import { inMeeting } from "../session/meeting";
import type { DeviceKind, MeetingSnapshot } from "../session/types";
import styles from "./DeviceDialog.module.css";

const KINDS: readonly DeviceKind[] = ["microphone", "speaker", "camera"];

/** Changes devices and background in the middle of the meeting; the devices are kept for the next one. */
export function DeviceDialog({
  meeting: { effect },
  onClose,
}: {
  meeting: MeetingSnapshot;
  onClose: () => void;
}) {
  const { t } = useTranslation("meetings/room");
  useEffect(() => void readDevices(), []);
  return (
    <Dialog title={t("devices_title")} onClose={onClose}>
      <div className={styles.fields}>
        {KINDS.map((kind) => (
          <DeviceSelect key={kind} kind={kind} onChoose={(id) => void inMeeting()?.setDevice(kind, id)} />
        ))}
        <EffectPicker value={effect} onChoose={(next) => void inMeeting()?.setEffect(next)} />
      </div>
    </Dialog>
  );
}
