import PauseIcon from "@vector-im/compound-design-tokens/assets/web/icons/pause-solid";
import StopIcon from "@vector-im/compound-design-tokens/assets/web/icons/stop-solid";
import { MenuItem } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { errorWords } from "../../api/errors";
import type { RecordingStep } from "../../api/meetings";
import { RecordIcon } from "../../calls/recording/RecordIcon";
import { useMayRecord } from "../../calls/recording/useRecording";
import { toast } from "../../ui/toasts";
import { currentDoor } from "../session/meeting";
import type { MeetingSnapshot } from "../session/types";

/** What a moderator does with the recording: begin it where the administration lets people, pause it, end it. */
export function RecordItems({ meeting }: { meeting: MeetingSnapshot }) {
  const { t } = useTranslation("meetings/room");
  const may = useMayRecord();
  const moderation = currentDoor()?.moderation ?? null;
  const recording = meeting.recording === "failed" ? null : meeting.recording;
  if (!moderation || (recording === null && !may)) return null;
  const press = (what: RecordingStep): void => {
    moderation.record(what).catch((error: unknown) => toast("error", errorWords(error)));
  };
  if (recording === null) {
    return (
      <MenuItem Icon={RecordIcon} label={t("record_start")} hideChevron onSelect={() => press("start")} />
    );
  }
  return (
    <>
      {recording !== "announced" && (
        <MenuItem
          Icon={recording === "runs" ? PauseIcon : RecordIcon}
          label={t(recording === "runs" ? "record_pause" : "record_resume")}
          hideChevron
          onSelect={() => press(recording === "runs" ? "pause" : "resume")}
        />
      )}
      <MenuItem Icon={StopIcon} label={t("record_stop")} hideChevron onSelect={() => press("stop")} />
    </>
  );
}
