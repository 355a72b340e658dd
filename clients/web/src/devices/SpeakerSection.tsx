import { useTranslation } from "react-i18next";
import { DeviceSelect } from "./DeviceSelect";
import { TestTone } from "./TestTone";

export function SpeakerSection() {
  const { t } = useTranslation("devices");
  return (
    <>
      <h2>{t("speaker")}</h2>
      <DeviceSelect kind="speaker" headed />
      <TestTone />
    </>
  );
}
