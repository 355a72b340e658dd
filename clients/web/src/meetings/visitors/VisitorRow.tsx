import { Button } from "@vector-im/compound-web";
import GuestIcon from "@vector-im/compound-design-tokens/assets/web/icons/user-profile";
import PhoneIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-solid";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { errorWords } from "../../api/errors";
import { meetings, type Decision, type Visitor } from "../../api/meetings";
import { toast } from "../../ui/toasts";
import { opennessOf } from "../matrix/secrets";
import { currentDoor } from "../session/meeting";
import { decide } from "./visitors";
import styles from "./Visitors.module.css";

interface Props {
  meetingId: string;
  visitor: Visitor;
}

/** Somebody who waits at the door: who, how they come, and the two answers. A phone that rings can be given up. */
export function VisitorRow({ meetingId, visitor }: Props) {
  const { t } = useTranslation("meetings/visitors");
  const [asking, setAsking] = useState(false);
  const answer = (decision: Decision): void => {
    setAsking(false);
    decide(meetingId, visitor, decision).catch((error: unknown) => {
      if (error instanceof ApiError && error.code === "encrypted_meeting") setAsking(true);
      else toast("error", errorWords(error));
    });
  };
  const calling = visitor.state === "calling";
  const mayAdmit = currentDoor()?.moderation?.mayInvite ?? true;
  const giveUp = (): void => {
    const hungUp = meetings.remove(meetingId, visitor.identity ?? "");
    hungUp.catch((error: unknown) => toast("error", errorWords(error)));
  };
  const Icon = visitor.kind === "phone" ? PhoneIcon : GuestIcon;
  return (
    <li className={styles.row} data-kind={visitor.kind}>
      <div className={styles.who}>
        <Icon className={styles.icon} width={20} height={20} aria-hidden />
        <span className={styles.words}>
          <span className={styles.name}>{visitor.name}</span>
          <span className={styles.about}>{t(aboutOf(visitor), { number: visitor.number ?? "" })}</span>
        </span>
      </div>
      {asking && (
        <div className={styles.question} role="alert">
          <strong>{t("unencrypted_title")}</strong>
          <p>{t("unencrypted_text")}</p>
        </div>
      )}
      <div className={styles.buttons}>
        <Button
          kind="secondary"
          size="md"
          aria-label={t(calling ? "hang_up_named" : "refuse_named", { name: visitor.name })}
          onClick={() => (calling ? giveUp() : answer({ decision: "refuse" }))}
        >
          {t(calling ? "hang_up" : "refuse")}
        </Button>
        {!calling && mayAdmit && (
          <Button
            size="md"
            aria-label={t(asking ? "unencrypted_named" : "admit_named", { name: visitor.name })}
            onClick={() =>
              answer({ decision: "admit", ...(asking ? opennessOf(currentDoor()?.roomId ?? null) : {}) })
            }
          >
            {t(asking ? "unencrypted_admit" : "admit")}
          </Button>
        )}
      </div>
    </li>
  );
}

function aboutOf({ kind, state, name, number }: Visitor): "calling" | "by_link" | "by_phone" | "by_number" {
  if (state === "calling") return "calling";
  if (kind === "guest") return "by_link";
  return number === null || number === name ? "by_phone" : "by_number";
}
