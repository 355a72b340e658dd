import DeleteIcon from "@vector-im/compound-design-tokens/assets/web/icons/delete";
import DownloadIcon from "@vector-im/compound-design-tokens/assets/web/icons/download";
import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Recording, recordingsApi } from "../api/recordings";
import { formatDuration } from "../calls/duration";
import { PeerAvatar } from "../calls/PeerAvatar";
import { useNumberFormat } from "../numbers/numberFormat";
import { people } from "../people/people";
import { useMe } from "../session/session";
import { useStore } from "../state/store";
import { dateLocale } from "../ui/dates";
import { Dialog } from "../ui/Dialog";
import { RoundButton } from "../ui/RoundButton";
import { SoundPlayer } from "../voicemail/SoundPlayer";
import { removeRecording } from "../calls/recording/recordings";
import styles from "./Recordings.module.css";

/** One recording: with whom, when, its player and what is missing, and what is done with it. */
export function RecordingRow({ recording, onGone }: { recording: Recording; onGone?: () => void }) {
  const { t } = useTranslation("recordings");
  const format = useNumberFormat();
  const me = useMe().user_id;
  const [asking, setAsking] = useState(false);
  const shown = (party: Recording["caller"]): string =>
    format(party.name || party.number || "") || t("anonymous");
  const mine = recording.caller.user_id === me || recording.callee.user_id === me;
  const other = recording.caller.user_id === me ? recording.callee : recording.caller;
  const name = mine ? shown(other) : `${shown(recording.caller)} → ${shown(recording.callee)}`;
  const remove = async (): Promise<void> => {
    setAsking(false);
    if (await removeRecording(recording)) onGone?.();
  };
  const words = {
    play: t("play", { name }),
    pause: t("pause"),
    position: t("position"),
    failed: t("not_played"),
    speed: (speed: string) => t("speed", { speed }),
  };
  return (
    <li className={styles.row} data-testid="recording">
      <PeerAvatar userId={other.user_id} name={name} size={40} presence />
      <div className={styles.words}>
        <span className={styles.name}>{name}</span>
        <span className={styles.when}>
          <time dateTime={new Date(recording.started_at).toISOString()}>{when(recording.started_at)}</time>
          {" · "}
          <Why recording={recording} />
        </span>
      </div>
      <div className={styles.sound}>
        <SoundPlayer
          address={recordingsApi.sound(recording.id)}
          duration={recording.duration_ms}
          words={words}
        />
        {(recording.pauses.length > 0 || !recording.whole) && (
          <ul role="list" className={styles.marks}>
            {recording.pauses.map(({ at_ms: at, for_ms: lasted }) => (
              <li key={`${at} ${lasted}`}>
                {t("left_out", { at: formatDuration(at), lasted: formatDuration(lasted) })}
              </li>
            ))}
            {!recording.whole && <li>{t("not_whole")}</li>}
          </ul>
        )}
      </div>
      <div className={styles.actions}>
        <a
          className={styles.download}
          href={recordingsApi.file(recording.id)}
          download
          aria-label={t("download", { name })}
          title={t("download", { name })}
        >
          <DownloadIcon width={20} height={20} aria-hidden />
        </a>
        {recording.may_delete && (
          <RoundButton
            Icon={DeleteIcon}
            label={t("delete", { name })}
            kind="quiet"
            size="small"
            onClick={() => setAsking(true)}
          />
        )}
      </div>
      {asking && (
        <Dialog
          title={t("delete_title", { name })}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button kind="secondary" onClick={() => setAsking(false)}>
                {t("cancel")}
              </Button>
              <Button destructive onClick={() => void remove()}>
                {t("delete_now")}
              </Button>
            </>
          }
        >
          <p>{t("delete_text")}</p>
        </Dialog>
      )}
    </li>
  );
}

function Why({ recording: { why, by } }: { recording: Recording }) {
  const { t } = useTranslation("recordings");
  const known = useStore(people).byId;
  if (why === "rule") return t("by_rule");
  return t("by_person", { name: (by !== null && known.get(by)?.name) || t("somebody") });
}

function when(at: number): string {
  return new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium", timeStyle: "short" }).format(at);
}
