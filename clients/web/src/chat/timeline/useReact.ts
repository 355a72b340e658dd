import { useTranslation } from "react-i18next";
import { toast } from "../../ui/toasts";
import type { Message } from "../../matrix/timeline";
import { useOpenRoom } from "../room/context";

/** Reacts to a message, or takes the same reaction back. */
export function useReact(message: Message): (key: string) => void {
  const { t } = useTranslation("chat");
  const { actions } = useOpenRoom();
  return (key) => {
    const mine = message.reactions.find((reaction) => reaction.key === key)?.mine;
    const done = mine ? actions.redact(mine) : actions.react(message.eventId, key);
    done.catch(() => toast("error", t("reaction_failed")));
  };
}
