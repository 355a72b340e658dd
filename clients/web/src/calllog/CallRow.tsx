import PlayIcon from "@vector-im/compound-design-tokens/assets/web/icons/play";
import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { CallRecord } from "../api/types";
import { formatDuration } from "../calls/duration";
import { isTelephone } from "../calls/peer";
import { PeerAvatar } from "../calls/PeerAvatar";
import { callBack } from "../calls/place";
import { navigate, paths } from "../routes/routes";
import { useStore } from "../state/store";
import { RoundButton } from "../ui/RoundButton";
import { useNumberFormat } from "../numbers/numberFormat";
import styles from "./CallRow.module.css";
import { RowMenu } from "./RowMenu";
import { DirectionIcon } from "../calls/DirectionIcon";
import { dateLocale } from "../ui/dates";
import { mailbox, messageOf } from "../voicemail/mailbox";
import { isMissed, isOneWay, outcomeKey, spokenFor } from "../calls/outcome";

interface Props {
  call: CallRecord;
  /** There is a menu of what can be done besides calling back. */
  menu?: boolean;
  /** It stands for a conversation of several calls: who else was in it, how long all of it was, and its steps. */
  whole?: {
    parts: readonly CallRecord[];
    others: readonly CallRecord["peer"][];
    spoken: number | null;
    steps: ReactNode;
  };
}

/** One call of the log: direction, contact, outcome, time, duration, and calling back; with a menu for more. */
export function CallRow({ call, menu = false, whole }: Props) {
  const { t } = useTranslation("calllog");
  const missed = isMissed(call);
  const format = useNumberFormat();
  const name = format(call.peer.name || call.peer.number || "") || t("anonymous");
  const time = new Intl.DateTimeFormat(dateLocale(), { hour: "2-digit", minute: "2-digit" }).format(
    call.started_at,
  );
  // Who called for somebody is called back where a call to that one goes.
  const theirs = call.direction === "inbound" ? call.on_behalf_of : null;
  const again = callBack(theirs ?? call.peer, call.video);
  const outside = isOutside(call);
  const names = (peers: readonly CallRecord["peer"][]): string =>
    new Intl.ListFormat(dateLocale(), { type: "unit" }).format(
      peers.map((peer) => format(peer.name || peer.number || "")),
    );
  const box = useStore(mailbox);
  const left = (whole?.parts ?? [call]).some(({ id }) => messageOf(box, id) !== undefined);
  return (
    <li
      className={styles.row}
      data-missed={missed || undefined}
      data-outcome={call.outcome}
      data-direction={call.direction}
    >
      <PeerAvatar userId={call.peer.user_id} name={name} size={40} presence />
      <div className={styles.words}>
        <span className={styles.name}>{name}</span>
        <span className={styles.outcome}>
          <DirectionIcon call={call} />
          <span className="visually-hidden">{t(`direction_${call.direction}`)}: </span>
          {describe(call, t, format, left)}
          {whole && whole.others.length > 0 && ` · ${t("with_others", { names: names(whole.others) })}`}
        </span>
        {whole?.steps}
      </div>
      <div className={styles.when}>
        <time dateTime={new Date(call.started_at).toISOString()}>{time}</time>
        <Duration spoken={whole ? whole.spoken : spokenFor(call)} />
      </div>
      <div className={styles.again} data-menu={menu || undefined}>
        {(call.recordings?.length ?? 0) > 0 && (
          <RoundButton
            Icon={PlayIcon}
            label={t("hear_recording", { name })}
            kind="quiet"
            size="small"
            onClick={() => navigate(paths.recordings)}
          />
        )}
        <RoundButton
          Icon={call.video ? VideoCallIcon : VoiceCallIcon}
          label={t("call_back", { name })}
          kind="quiet"
          size="small"
          disabled={again === null}
          onClick={() => void again?.()}
        />
        {menu && outside && <RowMenu number={call.peer.number} name={name} />}
      </div>
    </li>
  );
}

function describe(
  call: CallRecord,
  t: TFunction<"calllog">,
  format: (name: string) => string,
  left: boolean,
): string {
  const { picked_up_by: by, picked_up_from: from, transferred_to: to } = call;
  const who = (party: CallRecord["peer"]): { name: string } => ({
    name: format(party.name || party.number || "") || t("anonymous"),
  });
  const group = call.direction === "inbound" && call.group ? ` ${t("for_group", who(call.group))}` : "";
  if (by && call.outcome === "answered") return `${t("picked_up_by", who(by))}${group}`;
  // Nobody answered a code: it led into the call of somebody else.
  if (to && call.outcome === "answered" && call.answered_at === null) return t("picked_up", who(to));
  const { forwarded_to: onTo, forwarded } = call;
  if (onTo && call.outcome === "answered") return t("forwarded", who(onTo));
  const words: string[] = [`${t(outcomeKey(call))}${group}`];
  const sender = forwarded?.at(-1)?.by;
  if (onTo) words.push(`· ${t("forwarded_to", who(onTo))}`);
  else if (sender) words.push(`· ${t("forwarded_by", who(sender))}`);
  if (from) words.push(t("picked_up_from", who(from)));
  if (call.made_by) words.push(`· ${t("made_by", who(call.made_by))}`);
  else if (call.on_behalf_of) words.push(`· ${t("on_behalf_of", who(call.on_behalf_of))}`);
  if (call.answered_on === "desk_phone" && call.direction === "inbound") words.push(t("on_desk_phone"));
  if (call.answered_on === "mobile" && call.direction === "inbound") words.push(t("on_mobile"));
  if (left) words.push(`· ${t("left_message")}`);
  if (call.recorded) words.push(`· ${t("recorded")}`);
  if (isOneWay(call)) words.push(`· ${t("one_way")}`);
  return words.join(" ");
}

function Duration({ spoken }: { spoken: number | null }) {
  return spoken === null ? null : <span>{formatDuration(spoken)}</span>;
}

/** Somebody outside called or was called; in a call of several, or into a meeting, there is no such one. */
function isOutside({ peer, direction, answered_on: on }: CallRecord): boolean {
  if (peer.user_id !== null && !isTelephone(peer.user_id)) return false;
  return on !== "meeting" && (peer.number !== null || (direction === "inbound" && peer.name === ""));
}
