import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLoaded } from "../../ui/useLoaded";
import { Waiting } from "../../ui/Waiting";
import { meetings, type Meeting } from "../../api/meetings";
import { Dialog } from "../../ui/Dialog";
import { loadNumberFormat } from "../../numbers/numberFormat";
import { linkSecret } from "../matrix/secrets";
import styles from "./Links.module.css";
import { MadeLink } from "./MadeLink";

interface Props {
  meeting: Meeting;
  /** E-mail addresses of those who have a mail without the link. */
  guests: readonly string[];
  onClose: () => void;
}

/** The guests' link to an encrypted meeting, which its mail cannot hold: the key in it is made here and stays here. */
export function SendLinkDialog({ meeting, guests, onClose }: Props) {
  const { t } = useTranslation("meetings/links");
  const [secret] = useState(() => linkSecret(meeting.room_id, true));
  const load = useCallback(() => {
    loadNumberFormat();
    return meetings.invitationLink(meeting.id);
  }, [meeting.id]);
  const link = useLoaded(load);
  return (
    <Dialog title={t("send_title")} onClose={onClose}>
      <div className={styles.way}>
        <p>{t("send_text", { guests: guests.join(", ") })}</p>
        {link.value ? (
          <MadeLink
            meeting={meeting}
            link={{ ...link.value, url: `${link.value.url}/${secret}` }}
            onAnother={null}
          />
        ) : (
          <Waiting loaded={link} />
        )}
        <p className={styles.about}>{t("send_be_there")}</p>
      </div>
    </Dialog>
  );
}
