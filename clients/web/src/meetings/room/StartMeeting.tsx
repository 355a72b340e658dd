import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import { Button } from "@vector-im/compound-web";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { RoundButton } from "../../ui/RoundButton";

const NewMeetingDialog = lazy(() =>
  import("../list/NewMeetingDialog").then((m) => ({ default: m.NewMeetingDialog })),
);

/** Starts a video call with as many people as one chooses: as a round button, or in words. */
export function StartMeeting({ words = false }: { words?: boolean }) {
  const { t } = useTranslation("meetings/room");
  const [open, setOpen] = useState(false);
  const start = (): void => setOpen(true);
  return (
    <>
      {words ? (
        <Button size="md" Icon={VideoCallIcon} onClick={start}>
          {t("start_video")}
        </Button>
      ) : (
        <RoundButton
          Icon={VideoCallIcon}
          label={t("start_group")}
          kind="quiet"
          size="small"
          onClick={start}
        />
      )}
      {open && (
        <Suspense>
          <NewMeetingDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
