import { Button } from "@vector-im/compound-web";
import LinkIcon from "@vector-im/compound-design-tokens/assets/web/icons/link";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLoaded } from "../../ui/useLoaded";
import { errorWords } from "../../api/errors";
import { meetings, type Meeting, type MeetingLink, type NewLink } from "../../api/meetings";
import { LinkList } from "./LinkList";
import styles from "./Links.module.css";
import { MadeLink } from "./MadeLink";
import { HOURS, type Hours } from "./words";

/** Links for guests: a new one, for how long and with a waiting room or not; those that are good, to withdraw. */
export function LinkSection({ meeting, secret }: { meeting: Meeting; secret: string | null }) {
  const { t } = useTranslation("meetings/links");
  const links = useLoaded(useCallback(() => meetings.links(meeting.id), [meeting.id]));
  const [made, setMade] = useState<NewLink | null>(null);
  const [said, setSaid] = useState("");
  const onMade = (link: NewLink): void => {
    setSaid("");
    setMade(secret === null ? link : { ...link, url: `${link.url}/${secret}` });
    links.set((before) => [link, ...before]);
  };
  const revoke = async (link: MeetingLink): Promise<void> => {
    try {
      await meetings.revokeLink(meeting.id, link.id);
      links.set((before) => before.filter((each) => each.id !== link.id));
      if (made?.id === link.id) setMade(null);
      setSaid(t("revoked"));
    } catch (refusal) {
      setSaid(errorWords(refusal));
    }
  };
  return (
    <section className={styles.way} aria-label={t("by_link")}>
      {made ? (
        <MadeLink meeting={meeting} link={made} onAnother={() => setMade(null)} />
      ) : (
        <Maker meeting={meeting} onMade={onMade} />
      )}
      {secret !== null && !meeting.live && <p className={styles.about}>{t("key_here")}</p>}
      <LinkList
        links={(links.value ?? []).filter((each) => each.id !== made?.id)}
        failed={links.failed && links.value === null}
        onRetry={links.load}
        onRevoke={revoke}
      />
      <p className={styles.about} role="status">
        {said}
      </p>
    </section>
  );
}

function Maker({ meeting, onMade }: { meeting: Meeting; onMade: (link: NewLink) => void }) {
  const { t } = useTranslation("meetings/links");
  const [hours, setHours] = useState<Hours>(24);
  const [lobby, setLobby] = useState(true);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const make = (): void => {
    setBusy(true);
    setError(null);
    meetings.makeLink(meeting.id, hours, lobby).then(onMade, (refusal: unknown) => {
      setError(refusal);
      setBusy(false);
    });
  };
  return (
    <>
      <p className={styles.about}>{t("link_about")}</p>
      <label className={styles.choice}>
        {t("good_for")}
        <select
          className={styles.input}
          value={hours}
          onChange={(event) => setHours(Number(event.target.value) as Hours)}
        >
          {HOURS.map((each) => (
            <option key={each} value={each}>
              {t(`hours_${each}`)}
            </option>
          ))}
        </select>
      </label>
      {meeting.may_skip_lobby ? (
        <label className={styles.check}>
          <input type="checkbox" checked={lobby} onChange={(event) => setLobby(event.target.checked)} />
          <span>
            {t("lobby")}
            <span className={styles.about}>{t(lobby ? "lobby_on" : "lobby_off")}</span>
          </span>
        </label>
      ) : (
        <p className={styles.about}>{t(meeting.may_invite ? "lobby_on" : "lobby_inviters")}</p>
      )}
      <div role="alert">{error !== null && <p className={styles.error}>{errorWords(error)}</p>}</div>
      <Button Icon={LinkIcon} size="md" disabled={busy} onClick={make}>
        {t("make_link")}
      </Button>
    </>
  );
}
