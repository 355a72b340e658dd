import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { Door } from "../session/Door";
import door from "../session/Door.module.css";
import type { Why } from "./step";

interface Props {
  why: Why;
  title: string;
  onAgain: () => void;
}

/** Out of the meeting: why, and the way back where there is one. Who was removed has none until the meeting is over. */
export function OverPage({ why, title, onAgain }: Props) {
  const { t } = useTranslation("guest");
  const back = why !== "removed";
  return (
    <Door title={t(`${why}_title`)} lead={t(`${why}_text`, { title })} step={why}>
      {back && (
        <Button className={door.wide ?? ""} onClick={onAgain}>
          {t(why === "refused" ? "ask_again" : why === "elsewhere" ? "here_instead" : "rejoin")}
        </Button>
      )}
      <p className={door.hint}>{t("close_page")}</p>
    </Door>
  );
}
