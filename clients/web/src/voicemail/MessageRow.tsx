import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call";
import { useTranslation } from "react-i18next";
import { voicemail, type VoiceMessage } from "../api/voicemail";
import { callBack } from "../calls/place";
import { useNumberFormat } from "../numbers/numberFormat";
import { SoundRow } from "../sounds/SoundRow";
import { RoundButton } from "../ui/RoundButton";
import { markHeard, removeMessage } from "./mailbox";

/** One message: who, when, its player, and what is done with it. */
export function MessageRow({ message }: { message: VoiceMessage }) {
  const { t } = useTranslation("voicemail");
  const format = useNumberFormat();
  const name = format(message.caller.name || message.caller.number || "") || t("anonymous");
  const again = callBack(message.caller);
  const address = voicemail.sound(message.id);
  const words = {
    play: t("play", { name }),
    pause: t("pause"),
    position: t("position"),
    failed: t("not_played"),
    speed: (speed: string) => t("speed", { speed }),
  };
  return (
    <SoundRow
      userId={message.caller.user_id}
      name={name}
      at={message.left_at}
      sound={{ address, duration: message.duration_ms, words, onPlay: () => void markHeard(message) }}
      file={{
        address,
        name: `${t("title")} ${name} ${new Date(message.left_at).toISOString().slice(0, 16)}.wav`,
        label: t("download", { name }),
      }}
      remove={{ label: t("delete", { name }), onClick: () => void removeMessage(message.id) }}
      news={message.seen ? undefined : t("new")}
      actions={
        <RoundButton
          Icon={VoiceCallIcon}
          label={t("call_back", { name })}
          kind="quiet"
          size="small"
          disabled={again === null}
          onClick={() => void again?.()}
        />
      }
      testId="voice-message"
    />
  );
}
