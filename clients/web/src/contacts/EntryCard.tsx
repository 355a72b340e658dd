import DeleteIcon from "@vector-im/compound-design-tokens/assets/web/icons/delete";
import EditIcon from "@vector-im/compound-design-tokens/assets/web/icons/edit";
import EmailIcon from "@vector-im/compound-design-tokens/assets/web/icons/email";
import FavouriteIcon from "@vector-im/compound-design-tokens/assets/web/icons/favourite";
import FavouriteSolidIcon from "@vector-im/compound-design-tokens/assets/web/icons/favourite-solid";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call";
import { useTranslation } from "react-i18next";
import type { Contact, Entry } from "../api/phonebooks";
import { dial } from "../calls/place";
import { RoundButton } from "../ui/RoundButton";
import { PersonAvatar } from "../people/PersonAvatar";
import { usePerson } from "../people/people";
import { useAvailability } from "../people/presence";
import { ContactCard } from "./ContactCard";
import styles from "./ContactCard.module.css";
import { entryName, isFavourite } from "./entries";
import { Fact } from "./Fact";
import { History } from "./History";
import { labelWords } from "../numbers/labels";

interface Props {
  entry: Entry;
  onFavourite: (entry: Entry, favourite: boolean) => void;
  /** Absent where the person may not change the contact. */
  onEdit?: ((contact: Contact) => void) | undefined;
  onDelete?: ((contact: Contact) => void) | undefined;
}

/** All that is known of somebody, the ways to reach them, and the calls with them. */
export function EntryCard({ entry, onFavourite, onEdit, onDelete }: Props) {
  const star = <StarButton entry={entry} onFavourite={onFavourite} />;
  return entry.kind === "person" ? (
    <ColleagueCard entry={entry} star={star} />
  ) : (
    <PhonebookCard entry={entry} star={star} onEdit={onEdit} onDelete={onDelete} />
  );
}

function StarButton({ entry, onFavourite }: Pick<Props, "entry" | "onFavourite">) {
  const { t } = useTranslation("contacts");
  const favourite = isFavourite(entry);
  return (
    <RoundButton
      Icon={favourite ? FavouriteSolidIcon : FavouriteIcon}
      label={t(favourite ? "unfavourite_person" : "favourite_person", { name: entryName(entry) })}
      onClick={() => onFavourite(entry, !favourite)}
    />
  );
}

interface ColleagueProps {
  entry: Extract<Entry, { kind: "person" }>;
  star: React.ReactNode;
}

function ColleagueCard({ entry, star }: ColleagueProps) {
  const person = usePerson(entry.person.user_id) ?? entry.person;
  const availability = useAvailability(person.user_id);
  return (
    <ContactCard colleague={{ person, availability }} actions={star}>
      <History entry={entry} />
    </ContactCard>
  );
}

interface PhonebookProps extends Pick<Props, "onEdit" | "onDelete"> {
  entry: Extract<Entry, { kind: "contact" }>;
  star: React.ReactNode;
}

function PhonebookCard({ entry, star, onEdit, onDelete }: PhonebookProps) {
  const { t } = useTranslation("contacts");
  const { contact } = entry;
  const { name, organisation, numbers, emails, notes } = contact;
  const first = numbers[0];
  return (
    <article className={styles.card} aria-label={t("card_of", { name })} data-testid="contact-card">
      <PersonAvatar userId={contact.id} name={name} size={96} />
      <h2 className={styles.name}>{name}</h2>
      <p className={styles.state}>
        {[organisation !== name && organisation, t(`book_${contact.phonebook}_long`)]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <div className={styles.actions}>
        {first && (
          <RoundButton
            Icon={VoiceCallIcon}
            label={t("call_person", { name })}
            onClick={() => void dial(first.number)}
          />
        )}
        {emails[0] && <MailButton name={name} address={emails[0].address} />}
        {star}
        {onEdit && (
          <RoundButton Icon={EditIcon} label={t("edit_person", { name })} onClick={() => onEdit(contact)} />
        )}
        {onDelete && (
          <RoundButton
            Icon={DeleteIcon}
            label={t("delete_person", { name })}
            onClick={() => onDelete(contact)}
          />
        )}
      </div>
      {numbers.length + emails.length > 0 && (
        <dl className={styles.facts}>
          {numbers.map(({ number, label, display }) => (
            <Fact key={number} label={labelWords(label, t("number"))} value={number} shown={display} number />
          ))}
          {emails.map(({ address, label }) => (
            <Fact key={address} label={labelWords(label, t("email"))} value={address} />
          ))}
        </dl>
      )}
      {notes && <p className={styles.notes}>{notes}</p>}
      <History entry={entry} />
    </article>
  );
}

function MailButton({ name, address }: { name: string; address: string }) {
  const { t } = useTranslation("contacts");
  return (
    <RoundButton
      Icon={EmailIcon}
      label={t("mail_person", { name })}
      onClick={() => window.location.assign(`mailto:${address}`)}
    />
  );
}
