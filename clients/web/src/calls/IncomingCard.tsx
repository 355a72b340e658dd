import ChatIcon from "@vector-im/compound-design-tokens/assets/web/icons/chat";
import EndCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/end-call";
import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-solid";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNumberFormat } from "../numbers/numberFormat";
import { useStore } from "../state/store";
import type { CallSnapshot } from "./call";
import { decline } from "./control/decline";
import { liveCalls, liveOf } from "./control/live";
import styles from "./IncomingCard.module.css";
import { calls } from "./manager";
import { isTelephone } from "./peer";
import { QuickReply } from "./QuickReply";
import { useReply } from "./reply";
import { PeerAvatar } from "./PeerAvatar";
import { RoundButton } from "../ui/RoundButton";

/** A call that rings: a card that takes no focus from whoever is typing. */
export function IncomingCard({ call, waiting }: { call: CallSnapshot; waiting: boolean }) {
  const { t } = useTranslation("calls");
  const [replying, setReplying] = useState(false);
  const kind = t(call.video ? "incoming_video_call" : "incoming_call");
  const format = useNumberFormat();
  // A telephone's name is its number, in some spelling.
  const number = call.peer.number && !isTelephone(call.peer.userId) ? format(call.peer.number) : null;
  const live = liveOf(call, useStore(liveCalls));
  const sender = live?.forwarded_by;
  const reply = useReply(call, live?.call_id);
  const refuse = (): void => decline(call.id);
  return (
    <section
      className={styles.card}
      aria-label={`${kind}: ${format(call.peer.name)}`}
      data-testid="incoming-call"
    >
      <header className={styles.head}>
        <span className={styles.ringing}>
          <PeerAvatar userId={call.peer.userId} name={call.peer.name} size={52} />
        </span>
        <div className={styles.who}>
          <span className={styles.kind}>{live?.call_back ? t("is_free") : kind}</span>
          <strong className={styles.name}>
            {live?.peer_for
              ? t("name_for", { name: format(call.peer.name), principal: live.peer_for.name })
              : format(call.peer.name)}
          </strong>
          {number && <span className={styles.number}>{number}</span>}
          {live?.group && <span className={styles.number}>{t("for_group", { name: live.group.name })}</span>}
          {live?.on_behalf_of && (
            <span className={styles.number}>{t("for_group", { name: live.on_behalf_of.name })}</span>
          )}
          {sender && (
            <span className={styles.number}>
              {t("forwarded_by", { name: format(sender.name || sender.number || t("hidden_number")) })}
            </span>
          )}
        </div>
      </header>
      {waiting && <p className={styles.hint}>{t("waiting_hint")}</p>}
      {replying && reply ? (
        <QuickReply {...reply} onSent={refuse} />
      ) : (
        <div className={styles.actions}>
          {reply && (
            <RoundButton
              Icon={ChatIcon}
              label={t(reply.longest ? "reply_by_text" : "reply_by_message")}
              onClick={() => setReplying(true)}
            />
          )}
          <span className={styles.gap} />
          <RoundButton Icon={EndCallIcon} label={t("decline")} kind="end" size="large" onClick={refuse} />
          {call.video && (
            <RoundButton
              Icon={VideoCallIcon}
              label={t("answer_video")}
              kind="answer"
              size="large"
              onClick={() => void calls.answer(call.id, true)}
            />
          )}
          <RoundButton
            Icon={VoiceCallIcon}
            label={t("answer")}
            kind="answer"
            size="large"
            onClick={() => void calls.answer(call.id, false)}
          />
        </div>
      )}
    </section>
  );
}
