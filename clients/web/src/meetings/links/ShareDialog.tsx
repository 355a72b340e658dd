import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { meetings, type Meeting } from "../../api/meetings";
import { useLoaded } from "../../ui/useLoaded";
import { Waiting } from "../../ui/Waiting";
import { Dialog } from "../../ui/Dialog";
import { Segments } from "../../ui/Segments";
import { loadNumberFormat } from "../../numbers/numberFormat";
import { linkSecret } from "../matrix/secrets";
import { CallPhone } from "./CallPhone";
import { DialInDetails } from "./DialInDetails";
import { LinkSection } from "./LinkSection";
import styles from "./Links.module.css";

interface Props {
  roomId: string;
  onClose: () => void;
  /** What is put behind the link's address and never reaches the server; of itself the room's. */
  secret?: string | null;
}

/** Whom else to bring in, and how: a link for guests, the telephone number and PIN, a call out of the meeting. */
export function ShareDialog({ roomId, onClose, secret = null }: Props) {
  const { t } = useTranslation("meetings/links");
  const meeting = useLoaded(useCallback(() => meetings.ofRoom(roomId), [roomId]));
  useEffect(loadNumberFormat, []);
  return (
    <Dialog title={t("title")} onClose={onClose}>
      {meeting.value ? <Ways meeting={meeting.value} given={secret} /> : <Waiting loaded={meeting} />}
    </Dialog>
  );
}

const WAYS = ["link", "phone"] as const;

function Ways({ meeting, given }: { meeting: Meeting; given: string | null }) {
  const { t } = useTranslation("meetings/links");
  const [secret] = useState(() => given ?? linkSecret(meeting.room_id, meeting.encrypted));
  const [way, setWay] = useState<(typeof WAYS)[number]>("link");
  return (
    <div className={styles.ways}>
      <Segments
        label={t("title")}
        values={WAYS}
        value={way}
        words={(value) => t(`by_${value}`)}
        onChoose={setWay}
      />
      {way === "link" ? (
        <LinkSection meeting={meeting} secret={secret} />
      ) : (
        <>
          {meeting.dial_in && (
            <section className={styles.way} aria-labelledby="share-dial-in">
              <h3 id="share-dial-in">{t("dial_in")}</h3>
              <DialInDetails dialIn={meeting.dial_in} />
            </section>
          )}
          <CallPhone meeting={meeting} />
        </>
      )}
    </div>
  );
}
