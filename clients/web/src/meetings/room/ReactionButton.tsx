import ReactionIcon from "@vector-im/compound-design-tokens/assets/web/icons/reaction";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Popover } from "../../ui/Popover";
import { RoundButton } from "../../ui/RoundButton";
import { inMeeting } from "../session/meeting";
import styles from "./Controls.module.css";

export const REACTIONS = ["👍", "👏", "❤️", "😂", "😮", "🎉", "👎"] as const;

/** A few quick signs that everybody sees for a moment. */
export function ReactionButton() {
  const { t } = useTranslation("meetings/room");
  const [open, setOpen] = useState(false);
  const react = (emoji: string): void => {
    setOpen(false);
    void inMeeting()?.react(emoji);
  };
  return (
    <Popover
      label={t("reactions")}
      open={open}
      onOpenChange={setOpen}
      placement="top"
      trigger={<RoundButton Icon={ReactionIcon} label={t("react")} />}
    >
      <div className={styles.reactions}>
        {REACTIONS.map((emoji) => (
          <button key={emoji} type="button" onClick={() => react(emoji)}>
            {emoji}
          </button>
        ))}
      </div>
    </Popover>
  );
}
