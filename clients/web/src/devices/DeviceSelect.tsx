import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "../state/store";
import { type DeviceKind, deviceToUse } from "./choice";
import { chooseDevice, devices } from "./devices";
import styles from "./Devices.module.css";
import { canChooseSpeaker } from "./playTone";

interface Props {
  kind: DeviceKind;
  /** Under a heading that says the same, the label is for screen readers only. */
  headed?: boolean;
  /** Told after the choice was remembered. */
  onChoose?: (id: string | null) => void;
}

/** One of the devices of a kind, or what the system uses; also says when there is none. */
export function DeviceSelect({ kind, headed = false, onChoose }: Props) {
  const { t } = useTranslation("devices");
  const id = useId();
  const { present, kinds, chosen } = useStore(devices);
  const known = present[kind];
  const hint = hintOf(kind, known.length > 0, kinds.has(kind));
  const choose = (value: string): void => {
    const next = value === "" ? null : value;
    chooseDevice(kind, next);
    onChoose?.(next);
  };
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={headed ? "visually-hidden" : ""}>
        {t(kind)}
      </label>
      <select
        id={id}
        className={styles.select}
        value={deviceToUse(chosen[kind], known) ?? ""}
        disabled={known.length === 0}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => choose(event.target.value)}
      >
        <option value="">{t("system_device")}</option>
        {known.map((device, index) => (
          <option key={device.id} value={device.id}>
            {device.label || `${t(kind)} ${index + 1}`}
          </option>
        ))}
      </select>
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {t(hint)}
        </p>
      )}
    </div>
  );
}

function hintOf(kind: DeviceKind, listed: boolean, exists: boolean) {
  if (listed) return null;
  if (kind === "speaker")
    return canChooseSpeaker() && exists ? "names_after_permission" : "speaker_by_system";
  return exists ? "names_after_permission" : (`${kind}_missing` as const);
}
