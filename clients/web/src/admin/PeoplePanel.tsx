import { Button } from "@vector-im/compound-web";
import ArrowLeftIcon from "@vector-im/compound-design-tokens/assets/web/icons/arrow-left";
import { useCallback, useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { administration, type AdminPerson, type Invitation } from "../api/administration";
import { useLayout } from "../ui/layout";
import { SearchField } from "../ui/SearchField";
import { RoundButton } from "../ui/RoundButton";
import { PersonAvatar } from "../people/PersonAvatar";
import { loadPeople } from "../people/people";
import styles from "./Admin.module.css";
import { InviteDialog } from "./InviteDialog";
import { PersonPanel } from "./PersonPanel";
import { useLoaded } from "../ui/useLoaded";
import { Waiting } from "../ui/Waiting";

/** Everybody, the disabled too, and what belongs to the one that was chosen. */
export function PeoplePanel() {
  const { t } = useTranslation("admin");
  const phone = useLayout() === "phone";
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<AdminPerson | null>(null);
  const [busy, setBusy] = useState(false);
  const query = useDeferredValue(text.trim());
  const page = useLoaded(useCallback(() => administration.people(query, 0), [query]));
  const invitations = useLoaded(administration.invitations);
  const [inviting, setInviting] = useState(false);
  const invited = (invitation: Invitation): void => {
    void loadPeople();
    page.load();
    invitations.load();
    administration.person(invitation.id).then(setChosen, () => undefined); // it is in the list all the same
  };
  const waiting = new Map(
    invitations.value?.invitations
      .filter(({ state }) => state === "open" || state === "expired")
      .map((each) => [each.id, each]),
  );
  const more = async (start: number): Promise<void> => {
    setBusy(true);
    const next = await administration.people(query, start).catch(() => null);
    if (next) page.set((before) => ({ ...next, people: [...before.people, ...next.people] }));
    setBusy(false);
  };
  const changed = (person: AdminPerson): void => {
    void loadPeople();
    setChosen(person);
    page.set((before) => ({
      ...before,
      people: before.people.map((each) => (each.id === person.id ? person : each)),
    }));
  };
  const alone = phone && chosen !== null;
  const next = page.value?.next ?? null;
  return (
    <div className={styles.panes}>
      <section className={styles.list} aria-labelledby="admin-people" hidden={alone}>
        <div className={styles.listHead}>
          <div className={styles.titleRow}>
            <h1 id="admin-people" className={styles.subtitle}>
              {t("page_people")}
              {page.value && <span className={styles.count}>{page.value.total}</span>}
            </h1>
            <Button size="md" onClick={() => setInviting(true)}>
              {t("invite")}
            </Button>
          </div>
          <SearchField label={t("people_search")} value={text} onChange={setText} />
        </div>
        {page.value === null ? (
          <Waiting loaded={page} />
        ) : page.value.people.length === 0 ? (
          <p className={styles.note}>{t("people_none", { query })}</p>
        ) : (
          <ul role="list" className={styles.rows} data-testid="admin-people">
            {page.value.people.map((person) => (
              <li key={person.id}>
                <PersonButton
                  person={person}
                  invited={waiting.has(person.id)}
                  selected={person.id === chosen?.id}
                  onOpen={() => setChosen(person)}
                />
              </li>
            ))}
          </ul>
        )}
        {next !== null && (
          <div className={styles.more}>
            <Button kind="tertiary" size="md" disabled={busy} onClick={() => void more(next)}>
              {t("more")}
            </Button>
          </div>
        )}
      </section>
      {chosen ? (
        <div className={styles.side}>
          {phone && (
            <RoundButton
              Icon={ArrowLeftIcon}
              label={t("page_people")}
              kind="quiet"
              onClick={() => setChosen(null)}
            />
          )}
          <PersonPanel
            key={chosen.id}
            person={chosen}
            invitation={waiting.get(chosen.id) ?? null}
            onChanged={changed}
            onInvited={() => invitations.load()}
            onGone={() => {
              setChosen(null);
              void loadPeople();
              page.load();
              invitations.load();
            }}
          />
        </div>
      ) : (
        !phone && <p className={styles.note}>{t("people_choose")}</p>
      )}
      {inviting && <InviteDialog onInvited={invited} onClose={() => setInviting(false)} />}
    </div>
  );
}

interface PersonButtonProps {
  person: AdminPerson;
  /** Has not joined yet. */
  invited: boolean;
  selected: boolean;
  onOpen: () => void;
}

function PersonButton({ person, invited, selected, onOpen }: PersonButtonProps) {
  const { t } = useTranslation("admin");
  return (
    <button
      type="button"
      className={styles.row}
      data-selected={selected || undefined}
      aria-current={selected || undefined}
      onClick={onOpen}
    >
      <PersonAvatar userId={person.user_id} name={person.name} size={40} />
      <span className={styles.words}>
        <span className={styles.name}>{person.name}</span>
        <span className={styles.about}>{[...person.extensions, person.email].join(" · ")}</span>
      </span>
      {invited && <span className={styles.badge}>{t("invited")}</span>}
      {person.disabled && (
        <span className={styles.badge} data-kind="off">
          {t("disabled")}
        </span>
      )}
      {person.role === "administrator" && <span className={styles.badge}>{t("administrator")}</span>}
    </button>
  );
}
