import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Contact, Entry } from "../api/phonebooks";
import { dial } from "../calls/place";
import { RoundButton } from "../ui/RoundButton";
import { PersonAvatar } from "../people/PersonAvatar";
import { usePerson } from "../people/people";
import { useAvailability } from "../people/presence";
import styles from "./PersonRow.module.css";
import { PersonRow } from "./PersonRow";
import { Star } from "./Star";

interface Props {
  entry: Entry;
  selected: boolean;
  /** Says which phonebook a contact is of, where lists are mixed. */
  mixed: boolean;
  onOpen: (entry: Entry) => void;
}

/** A colleague or a contact of a phonebook in a list. */
export const EntryRow = memo(function EntryRow({ entry, selected, mixed, onOpen }: Props) {
  const open = () => onOpen(entry);
  if (entry.kind === "person") return <ColleagueRow entry={entry} selected={selected} onOpen={open} />;
  return <ContactRow contact={entry.contact} selected={selected} mixed={mixed} onOpen={open} />;
});

function ColleagueRow({
  entry,
  selected,
  onOpen,
}: {
  entry: Extract<Entry, { kind: "person" }>;
  selected: boolean;
  onOpen: () => void;
}) {
  // The directory is kept true to the telephone's events, the entry is as it was when the list was read.
  const person = usePerson(entry.person.user_id) ?? entry.person;
  const availability = useAvailability(person.user_id);
  return (
    <PersonRow
      colleague={{ person, availability }}
      selected={selected}
      favourite={entry.favourite}
      onOpen={onOpen}
    />
  );
}

interface ContactRowProps {
  contact: Contact;
  selected: boolean;
  mixed: boolean;
  onOpen: () => void;
}

function ContactRow({ contact, selected, mixed, onOpen }: ContactRowProps) {
  const { t } = useTranslation("contacts");
  const { name, organisation, numbers, emails, favourite } = contact;
  const first = numbers[0];
  const more = [
    mixed && t(`book_${contact.phonebook}`),
    organisation !== name && organisation,
    first?.display ?? emails[0]?.address,
  ].filter(Boolean);
  return (
    <li className={styles.row} data-selected={selected || undefined}>
      <button type="button" className={styles.who} aria-current={selected || undefined} onClick={onOpen}>
        <PersonAvatar userId={contact.id} name={name} size={40} />
        <span className={styles.words}>
          <span className={styles.name}>
            {name}
            {favourite && <Star />}
          </span>
          <span className={styles.state}>{more.join(" · ")}</span>
        </span>
      </button>
      {first && (
        <span className={styles.actions}>
          <RoundButton
            Icon={VoiceCallIcon}
            label={t("call_person", { name })}
            size="small"
            onClick={() => void dial(first.number)}
          />
        </span>
      )}
    </li>
  );
}
