import type { DeviceKind } from "./choice";
import type { MediaTrouble } from "./media";

/** The key of the words for what keeps a device from working. */
export type TroubleWords = `${"microphone" | "camera"}_${MediaTrouble}`;

export function troubleWords(kind: Exclude<DeviceKind, "speaker">, trouble: MediaTrouble): TroubleWords {
  return `${kind}_${trouble}`;
}
