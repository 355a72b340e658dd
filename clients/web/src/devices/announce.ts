import { toast } from "../ui/toasts";
import { i18n } from "../i18n/i18n";
import { chooseHeadset, followDevices } from "./devices";

/** Follows the devices, and asks whether one that was just plugged in shall be used. The answer ends it. */
export function announceDevices(): () => void {
  return followDevices((kind, device) => {
    toast("info", i18n.t("arrived", { ns: "devices", name: device.label }), {
      label: i18n.t("arrived_use", { ns: "devices" }),
      run: () => chooseHeadset(kind, device),
    });
  });
}
