import DeleteIcon from "@vector-im/compound-design-tokens/assets/web/icons/delete";
import DownloadIcon from "@vector-im/compound-design-tokens/assets/web/icons/download";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call";
import { useTranslation } from "react-i18next";
import { voicemail, type VoiceMessage } from "../api/voicemail";
import { PeerAvatar } from "../calls/PeerAvatar";
import { callBack } from "../calls/place";
import { useNumberFormat } from "../numbers/numberFormat";
import { dateLocale } from "../ui/dates";
import { RoundButton } from "../ui/RoundButton";
import { markHeard, removeMessage } from "./mailbox";
import styles from "./MessageRow.module.css";
import { SoundPlayer } from "./SoundPlayer";

/** One message: who, when, its player, and what is done with it. */
export function MessageRow({ message }: { message: VoiceMessage }) {
  const { t } = useTranslation("voicemail");
  const format = useNumberFormat();
  const name = format(message.caller.name || message.caller.number || "") || t("anonymous");
  const again = callBack(message.caller);
  return (
    <li className={styles.row} data-new={!message.seen || undefined} data-testid="voice-message">
      <PeerAvatar userId={message.caller.user_id} name={name} size={40} presence />
      <div className={styles.words}>
        <span className={styles.name}>
          {name}
          {!message.seen && <span className={styles.new}>{t("new")}</span>}
        </span>
        <time className={styles.when} dateTime={new Date(message.left_at).toISOString()}>
          {when(message.left_at)}
        </time>
      </div>
      <Sound message={message} name={name} />
      <div className={styles.actions}>
        <RoundButton
          Icon={VoiceCallIcon}
          label={t("call_back", { name })}
          kind="quiet"
          size="small"
          disabled={again === null}
          onClick={() => void again?.()}
        />
        <a
          className={styles.download}
          href={voicemail.sound(message.id)}
          download={`${t("title")} ${name} ${new Date(message.left_at).toISOString().slice(0, 16)}.wav`}
          aria-label={t("download", { name })}
          title={t("download", { name })}
        >
          <DownloadIcon width={20} height={20} aria-hidden />
        </a>
        <RoundButton
          Icon={DeleteIcon}
          label={t("delete", { name })}
          kind="quiet"
          size="small"
          onClick={() => void removeMessage(message.id)}
        />
      </div>
    </li>
  );
}

function Sound({ message, name }: { message: VoiceMessage; name: string }) {
  const { t } = useTranslation("voicemail");
  const words = {
    play: t("play", { name }),
    pause: t("pause"),
    position: t("position"),
    failed: t("not_played"),
    speed: (speed: string) => t("speed", { speed }),
  };
  return (
    <div className={styles.sound}>
      <SoundPlayer
        address={voicemail.sound(message.id)}
        duration={message.duration_ms}
        words={words}
        onPlay={() => void markHeard(message)}
      />
    </div>
  );
}

function when(at: number): string {
  return new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium", timeStyle: "short" }).format(at);
}
