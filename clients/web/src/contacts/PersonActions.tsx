import ChatIcon from "@vector-im/compound-design-tokens/assets/web/icons/chat";
import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call";
import { useTranslation } from "react-i18next";
import type { Person } from "../api/types";
import { callUser } from "../calls/place";
import { RoundButton } from "../ui/RoundButton";
import { openChat } from "./openChat";

/** Call, video and chat with a person. */
export function PersonActions({ person, size = "small" }: { person: Person; size?: "small" | "medium" }) {
  const { t } = useTranslation("contacts");
  const { user_id: userId, name } = person;
  return (
    <>
      <RoundButton
        Icon={VoiceCallIcon}
        label={t("call_person", { name })}
        size={size}
        onClick={() => void callUser(userId)}
      />
      <RoundButton
        Icon={VideoCallIcon}
        label={t("video_person", { name })}
        size={size}
        onClick={() => void callUser(userId, true)}
      />
      <RoundButton
        Icon={ChatIcon}
        label={t("chat_person", { name })}
        size={size}
        onClick={() => void openChat(userId)}
      />
    </>
  );
}
