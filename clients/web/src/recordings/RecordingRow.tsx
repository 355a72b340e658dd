import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Recording, recordingsApi } from "../api/recordings";
import { formatDuration } from "../calls/duration";
import { useNumberFormat } from "../numbers/numberFormat";
import { people } from "../people/people";
import { useMe } from "../session/session";
import { useStore } from "../state/store";
import { Dialog } from "../ui/Dialog";
import { SoundRow } from "../sounds/SoundRow";
import { removeRecording } from "../calls/recording/recordings";

/** One recording: with whom, when, its player and what is missing, and what is done with it. */
export function RecordingRow({ recording, onGone }: { recording: Recording; onGone?: () => void }) {
  const { t } = useTranslation("recordings");
  const format = useNumberFormat();
  const me = useMe().user_id;
  const [asking, setAsking] = useState(false);
  const shown = (party: Recording["caller"]): string =>
    format(party.name || party.number || "") || t("anonymous");
  const { caller, callee, others } = recording;
  const mine = caller.user_id === me || callee.user_id === me;
  const other = caller.user_id === me ? callee : caller;
  const name = mine ? shown(other) : `${shown(caller)} → ${shown(callee)}`;
  const several = [caller, callee, ...others].filter((one) => one.user_id !== me && isSomebody(one));
  const names = several.map(shown).join(", ");
  const title = recording.title ?? (others.length === 0 ? name : names);
  const remove = async (): Promise<void> => {
    setAsking(false);
    if (await removeRecording(recording)) onGone?.();
  };
  const words = {
    play: t("play", { name: title }),
    pause: t("pause"),
    position: t("position"),
    failed: t("not_played"),
    speed: (speed: string) => t("speed", { speed }),
  };
  const present = recording.title !== null && names !== "";
  const missing = recording.pauses.length > 0 || !recording.whole;
  return (
    <SoundRow
      userId={other.user_id}
      name={title}
      at={recording.started_at}
      beside={<Why recording={recording} />}
      sound={{ address: recordingsApi.sound(recording.id), duration: recording.duration_ms, words }}
      below={
        (present || missing) && (
          <>
            {present && <p>{t("present", { names })}</p>}
            {missing && <Missing recording={recording} />}
          </>
        )
      }
      file={{ address: recordingsApi.file(recording.id), label: t("download", { name: title }) }}
      remove={
        recording.may_delete
          ? { label: t("delete", { name: title }), onClick: () => setAsking(true) }
          : undefined
      }
      testId="recording"
    >
      {asking && (
        <Dialog
          title={t("delete_title", { name: title })}
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
    </SoundRow>
  );
}

/** Where in it something is left out. */
function Missing({ recording: { pauses, whole } }: { recording: Recording }) {
  const { t } = useTranslation("recordings");
  return (
    <ul role="list">
      {pauses.map(({ at_ms: at, for_ms: lasted }) => (
        <li key={`${at} ${lasted}`}>
          {t("left_out", { at: formatDuration(at), lasted: formatDuration(lasted) })}
        </li>
      ))}
      {!whole && <li>{t("not_whole")}</li>}
    </ul>
  );
}

function Why({ recording: { why, by } }: { recording: Recording }) {
  const { t } = useTranslation("recordings");
  const known = useStore(people).byId;
  if (why === "rule") return t("by_rule");
  return t("by_person", { name: (by !== null && known.get(by)?.name) || t("somebody") });
}

/** In a call of several one side is the conference itself. */
function isSomebody({ user_id, number, name }: Recording["caller"]): boolean {
  return user_id !== null || number !== null || name !== "";
}
