import { useTranslation } from "react-i18next";
import { SoundPlayer } from "../../sounds/SoundPlayer";

interface Props {
  address: string;
  seconds: number;
}

/** Plays what callers hear. */
export function PromptPlayer({ address, seconds }: Props) {
  const { t } = useTranslation("admin/prompts");
  const words = {
    play: t("play"),
    pause: t("pause"),
    position: t("position"),
    failed: t("failed"),
    speed: (speed: string) => t("speed", { speed }),
  };
  return <SoundPlayer address={address} duration={seconds * 1000} words={words} />;
}
