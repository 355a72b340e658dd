import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { PersonAvatar } from "../people/PersonAvatar";
import { AvailabilityDot } from "../people/PresenceDot";
import { usePresence } from "../people/presence";
import type { Colleague } from "./colleagues";
import styles from "./ContactCard.module.css";
import { Fact } from "./Fact";
import { PersonActions } from "./PersonActions";

interface Props {
  colleague: Colleague;
  /** Buttons beside call, video and chat. */
  actions?: ReactNode;
  /** Below what is known. */
  children?: ReactNode;
}

/** All that is known of a colleague, and the ways to reach them. */
export function ContactCard({ colleague: { person, availability }, actions, children }: Props) {
  const { t } = useTranslation("contacts");
  const { t: states } = useTranslation("people");
  const { message } = usePresence(person.user_id);
  return (
    <article
      className={styles.card}
      aria-label={t("card_of", { name: person.name })}
      data-testid="contact-card"
    >
      <PersonAvatar userId={person.user_id} name={person.name} size={96} />
      <h2 className={styles.name}>{person.name}</h2>
      {person.department && <p className={styles.phone}>{person.department}</p>}
      <p className={styles.state}>
        <AvailabilityDot availability={availability} />
        <span aria-hidden>{states(availability)}</span>
      </p>
      {message && <p className={styles.message}>{message}</p>}
      <div className={styles.actions}>
        <PersonActions person={person} size="medium" />
        {actions}
      </div>
      <dl className={styles.facts}>
        {person.extensions.map((extension) => (
          <Fact key={extension} label={t("extension")} value={extension} number />
        ))}
        {person.numbers.map((number) => (
          <Fact key={number} label={t("number")} value={number} number />
        ))}
        <Fact label={t("email")} value={person.email} />
      </dl>
      <p className={styles.phone}>{t(person.desk_phone ? "desk_phone" : "no_desk_phone")}</p>
      {children}
    </article>
  );
}
