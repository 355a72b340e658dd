import ChatIcon from "@vector-im/compound-design-tokens/assets/web/icons/chat";
import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { Empty } from "../../ui/Empty";
import { navigate, paths } from "../../routes/routes";
import { dismissMeeting } from "../session/meeting";
import type { MeetingSnapshot } from "../session/types";
import styles from "./MeetingOver.module.css";

/** After a meeting: why one is no longer inside, and the ways on. */
export function MeetingOver({ meeting }: { meeting: MeetingSnapshot }) {
  const { t } = useTranslation("meetings/room");
  const { roomId } = meeting;
  return (
    <section className={styles.page} data-testid="meeting-over">
      <Empty
        Icon={VideoCallIcon}
        title={t(
          `over_${meeting.phase === "removed" || meeting.phase === "replaced" ? meeting.phase : "left"}`,
        )}
        text={meeting.title}
        action={
          <div className={styles.actions}>
            {meeting.phase !== "removed" && (
              <Button size="md" onClick={() => void dismissMeeting()}>
                {t("rejoin")}
              </Button>
            )}
            {roomId && (
              <Button kind="secondary" size="md" Icon={ChatIcon} onClick={() => go(paths.room(roomId))}>
                {t("open_chat")}
              </Button>
            )}
            <Button kind="tertiary" size="md" onClick={() => go(paths.meetings)}>
              {t("to_meetings")}
            </Button>
          </div>
        }
      />
    </section>
  );
}

function go(path: string): void {
  void dismissMeeting();
  navigate(path);
}
