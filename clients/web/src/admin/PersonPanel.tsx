import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { administration, type AdminPerson, type Invitation } from "../api/administration";
import { toast } from "../ui/toasts";
import { PersonAvatar } from "../people/PersonAvatar";
import { useMe } from "../session/session";
import styles from "./Admin.module.css";
import { Confirm } from "./Confirm";
import { Extensions } from "./Extensions";
import { InvitationSection } from "./InvitationSection";
import { PersonEditor } from "./PersonEditor";
import { PersonNumbers } from "./PersonNumbers";
import { refusalWords } from "./words";

interface Props {
  person: AdminPerson;
  /** Of somebody who has not joined yet. */
  invitation: Invitation | null;
  onChanged: (person: AdminPerson) => void;
  /** The invitation was sent again. */
  onInvited: () => void;
  /** The person is no longer there. */
  onGone: () => void;
}

/** One person: who they are, what they may, their extensions and phones, their numbers. */
export function PersonPanel({ person, invitation, onChanged, onInvited, onGone }: Props) {
  const { t } = useTranslation("admin");
  const [task, setTask] = useState<"edit" | "role" | "factor" | "disable" | null>(null);
  const own = useMe().user_id === person.user_id;
  const administrator = person.role === "administrator";
  const { name } = person;
  const enable = (): void => {
    administration
      .enable(person.id)
      .then(onChanged, (refusal: unknown) => toast("error", refusalWords(refusal)));
  };
  const close = (): void => setTask(null);
  return (
    <article className={styles.card} aria-label={name} data-testid="admin-person">
      <header className={styles.who}>
        <PersonAvatar userId={person.user_id} name={name} size={64} />
        <div className={styles.words}>
          <h2 className={styles.personName}>{name}</h2>
          <p className={styles.wrap}>{person.email}</p>
          {person.department && <p className={styles.wrap}>{person.department}</p>}
          <p className={styles.badges}>
            {administrator && <span className={styles.badge}>{t("administrator")}</span>}
            {person.disabled && (
              <span className={styles.badge} data-kind="off">
                {t("disabled")}
              </span>
            )}
          </p>
        </div>
      </header>
      <div className={styles.buttons}>
        <Button kind="secondary" size="md" onClick={() => setTask("edit")}>
          {t("edit")}
        </Button>
        {!own && !person.disabled && (
          <>
            <Button kind="secondary" size="md" onClick={() => setTask("role")}>
              {t(administrator ? "make_member" : "make_administrator")}
            </Button>
            <Button kind="secondary" size="md" onClick={() => setTask("factor")}>
              {t("reset_factor")}
            </Button>
            <Button kind="secondary" size="md" destructive onClick={() => setTask("disable")}>
              {t("disable")}
            </Button>
          </>
        )}
        {person.disabled && (
          <Button size="md" onClick={enable}>
            {t("enable")}
          </Button>
        )}
      </div>
      {invitation && (
        <InvitationSection person={person} invitation={invitation} onSent={onInvited} onRevoked={onGone} />
      )}
      <Extensions person={person} onChanged={onChanged} />
      <PersonNumbers person={person} onChanged={onChanged} />
      {task === "edit" && <PersonEditor person={person} onChanged={onChanged} onClose={close} />}
      {task === "role" && (
        <Confirm
          title={t(administrator ? "make_member" : "make_administrator")}
          text={t(administrator ? "make_member_text" : "make_administrator_text", { name })}
          action={t(administrator ? "make_member" : "make_administrator")}
          onConfirm={async () => {
            const role = administrator ? "member" : "administrator";
            onChanged(await administration.change(person.id, { role }));
          }}
          onClose={close}
        />
      )}
      {task === "factor" && (
        <Confirm
          title={t("reset_factor")}
          text={t("reset_factor_text", { name })}
          action={t("reset_factor")}
          onConfirm={async () => {
            await administration.resetFactor(person.id);
            toast("success", t("reset_factor_done", { name }));
          }}
          onClose={close}
        />
      )}
      {task === "disable" && (
        <Confirm
          title={t("disable_title", { name })}
          text={t("disable_text", { name })}
          action={t("disable")}
          onConfirm={async () => onChanged(await administration.disable(person.id))}
          onClose={close}
        />
      )}
    </article>
  );
}
