import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import { useTranslation } from "react-i18next";
import { Empty } from "../../app/Empty";

/** The meetings of one's rooms. */
export function MeetingsPage() {
  const { t } = useTranslation("app");
  return <Empty Icon={VideoCallIcon} title={t("section_meetings")} />;
}
