import { Button } from "@vector-im/compound-web";
import EditIcon from "@vector-im/compound-design-tokens/assets/web/icons/edit";
import LockIcon from "@vector-im/compound-design-tokens/assets/web/icons/lock-solid";
import ShareIcon from "@vector-im/compound-design-tokens/assets/web/icons/share";
import CalendarIcon from "@vector-im/compound-design-tokens/assets/web/icons/calendar";
import UserIcon from "@vector-im/compound-design-tokens/assets/web/icons/user-profile";
import { useState, type ComponentType, type ReactNode, type SVGAttributes } from "react";
import { useTranslation } from "react-i18next";
import type { Meeting } from "../../api/meetings";
import { Dialog } from "../../ui/Dialog";
import { useNow } from "../../ui/now";
import { navigate, paths } from "../../routes/routes";
import { dateLocale } from "../../ui/dates";
import { DialInDetails } from "../links/DialInDetails";
import { ShareDialog } from "../links/ShareDialog";
import { endOf } from "./arrange";
import { CancelDialog } from "./CancelDialog";
import { useOrganiser } from "./MeetingRow";
import styles from "./Meetings.module.css";
import { ScheduleDialog } from "./ScheduleDialog";
import { dateRange } from "./when";

type Step = "details" | "share" | "edit" | "cancel";

/** All about one meeting; joining, sharing, changing and cancelling it begin here. */
export function MeetingDialog({ meeting, onClose }: { meeting: Meeting; onClose: () => void }) {
  const [step, setStep] = useState<Step>("details");
  const back = (): void => setStep("details");
  switch (step) {
    case "share":
      return <ShareDialog roomId={meeting.room_id} onClose={back} />;
    case "edit":
      return <ScheduleDialog meeting={meeting} onSaved={back} onClose={back} />;
    case "cancel":
      return <CancelDialog meeting={meeting} onCancelled={onClose} onClose={back} />;
    case "details":
      return <Details meeting={meeting} onStep={setStep} onClose={onClose} />;
  }
}

interface DetailsProps {
  meeting: Meeting;
  onStep: (step: Step) => void;
  onClose: () => void;
}

function Details({ meeting, onStep, onClose }: DetailsProps) {
  const { t } = useTranslation("meetings/list");
  const now = useNow();
  const end = endOf(meeting);
  const changeable = meeting.moderator && end !== null && end > now;
  const actions = (
    <>
      <Button kind="secondary" Icon={ShareIcon} onClick={() => onStep("share")}>
        {t("share")}
      </Button>
      <Button onClick={() => navigate(paths.meeting(meeting.room_id))}>
        {t(meeting.live || (end !== null && end > now) ? "join" : "start_again")}
      </Button>
    </>
  );
  return (
    <Dialog title={meeting.title} onClose={onClose} actions={actions}>
      <div className={styles.details}>
        <Facts meeting={meeting} />
        {meeting.dial_in && <DialInDetails dialIn={meeting.dial_in} />}
        {changeable && (
          <div className={styles.buttons}>
            <Button kind="tertiary" size="md" Icon={EditIcon} onClick={() => onStep("edit")}>
              {t("edit")}
            </Button>
            <Button kind="tertiary" size="md" destructive onClick={() => onStep("cancel")}>
              {t("cancel_meeting")}
            </Button>
          </div>
        )}
      </div>
    </Dialog>
  );
}

function Facts({ meeting }: { meeting: Meeting }) {
  const { t } = useTranslation("meetings/list");
  const organiser = useOrganiser(meeting);
  const end = endOf(meeting);
  const date = new Intl.DateTimeFormat(dateLocale(), { dateStyle: "long" });
  const when =
    meeting.starts_at !== null && end !== null
      ? dateRange(meeting.starts_at, end, dateLocale())
      : t("since", { date: date.format(meeting.created_at) });
  return (
    <ul role="list" className={styles.facts}>
      {meeting.live && (
        <li className={styles.fact} data-live>
          <span className={styles.dot} aria-hidden />
          {t("inside", { count: meeting.participants })}
        </li>
      )}
      <Fact Icon={CalendarIcon}>{when}</Fact>
      {organiser && <Fact Icon={UserIcon}>{organiser}</Fact>}
      {meeting.encrypted && <Fact Icon={LockIcon}>{t("encrypted")}</Fact>}
    </ul>
  );
}

function Fact({ Icon, children }: { Icon: ComponentType<SVGAttributes<SVGElement>>; children: ReactNode }) {
  return (
    <li className={styles.fact}>
      <Icon width={20} height={20} aria-hidden />
      {children}
    </li>
  );
}
