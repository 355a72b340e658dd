import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { administration, type AdminPerson, type Invitation } from "../api/administration";
import { toast } from "../ui/toasts";
import { dateLocale } from "../ui/dates";
import styles from "./Admin.module.css";
import { Confirm } from "./Confirm";
import { refusalWords } from "./words";

interface Props {
  person: AdminPerson;
  invitation: Invitation;
  onSent: (invitation: Invitation) => void;
  /** The invitation is withdrawn, and the person with it. */
  onRevoked: () => void;
}

/** The invitation of somebody who has not joined yet: how long it is good for, sending it again, withdrawing it. */
export function InvitationSection({ person, invitation, onSent, onRevoked }: Props) {
  const { t } = useTranslation("admin");
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const date = new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium", timeStyle: "short" });
  const send = async (): Promise<void> => {
    setBusy(true);
    try {
      onSent(await administration.sendInvitation(person.id));
      toast("success", t("invite_sent", { email: person.email }));
    } catch (refusal) {
      toast("error", refusalWords(refusal));
    }
    setBusy(false);
  };
  const open = invitation.state === "open";
  return (
    <section className={styles.section} aria-labelledby="admin-invitation">
      <h3 id="admin-invitation">{t("invitation")}</h3>
      <p className={styles.about}>
        {t(open ? "invite_until" : "invite_expired", { date: date.format(invitation.expires_at) })}
      </p>
      <div className={styles.buttons}>
        <Button kind="secondary" size="md" disabled={busy} onClick={() => void send()}>
          {t("invite_again")}
        </Button>
        <Button kind="secondary" size="md" destructive onClick={() => setAsking(true)}>
          {t("invite_revoke")}
        </Button>
      </div>
      {asking && (
        <Confirm
          title={t("invite_revoke_title", { name: person.name })}
          text={t("invite_revoke_text")}
          action={t("invite_revoke")}
          onConfirm={async () => {
            await administration.revokeInvitation(person.id);
            onRevoked();
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}
