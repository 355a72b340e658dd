import { useTranslation } from "react-i18next";
import { dial } from "../calls/place";
import { PersonAvatar } from "../people/PersonAvatar";
import { AvailabilityDot } from "../people/PresenceDot";
import type { Colleague } from "./colleagues";
import styles from "./ContactCard.module.css";
import { useNumberFormat } from "./numberFormat";
import { PersonActions } from "./PersonActions";

/** All that is known of a colleague, and the ways to reach them. */
export function ContactCard({ colleague: { person, availability } }: { colleague: Colleague }) {
  const { t } = useTranslation("contacts");
  const { t: states } = useTranslation("people");
  return (
    <article
      className={styles.card}
      aria-label={t("card_of", { name: person.name })}
      data-testid="contact-card"
    >
      <PersonAvatar userId={person.user_id} name={person.name} size={96} />
      <h2 className={styles.name}>{person.name}</h2>
      <p className={styles.state}>
        <AvailabilityDot availability={availability} />
        <span aria-hidden>{states(availability)}</span>
      </p>
      <div className={styles.actions}>
        <PersonActions person={person} size="medium" />
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
    </article>
  );
}

function Fact({ label, value, number = false }: { label: string; value: string; number?: boolean }) {
  const format = useNumberFormat();
  return (
    <div className={styles.fact}>
      <dt>{label}</dt>
      <dd>
        {number ? (
          <button type="button" className={styles.link} onClick={() => void dial(value)}>
            {format(value)}
          </button>
        ) : (
          <a className={styles.link} href={`mailto:${value}`}>
            {value}
          </a>
        )}
      </dd>
    </div>
  );
}
