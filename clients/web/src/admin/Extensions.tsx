import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { administration, type AdminPerson, type NewDevice, type Registration } from "../api/administration";
import styles from "./Admin.module.css";
import { AddLine } from "./AddLine";
import { Confirm } from "./Confirm";
import { DeviceDialog } from "./DeviceDialog";
import { useLoaded } from "../ui/useLoaded";

interface Props {
  person: AdminPerson;
  onChanged: (person: AdminPerson) => void;
}

type Task = { kind: "password" | "remove"; extension: string };

/** A person's extensions with the phones that are registered under them, and new passwords for such phones. */
export function Extensions({ person, onChanged }: Props) {
  const { t } = useTranslation("admin");
  const registered = useLoaded(administration.registrations);
  const [task, setTask] = useState<Task | null>(null);
  const [device, setDevice] = useState<NewDevice | null>(null);
  const shown = (made: NewDevice): void => {
    setDevice(made);
    onChanged(made.person);
  };
  const phonesOf = (extension: string): Registration[] =>
    registered.value?.registrations.filter((each) => each.extension === extension) ?? [];
  return (
    <section className={styles.section} aria-labelledby="admin-extensions">
      <h3 id="admin-extensions">{t("extensions")}</h3>
      {person.extensions.length === 0 && <p className={styles.about}>{t("extensions_none")}</p>}
      <ul role="list" className={styles.box}>
        {person.extensions.map((extension) => (
          <li key={extension} className={styles.line}>
            <div className={styles.words}>
              <strong>{extension}</strong>
              <Phones phones={phonesOf(extension)} known={registered.value !== null} />
            </div>
            <div className={styles.buttons}>
              <Button
                kind="tertiary"
                size="md"
                aria-label={t("new_password_of", { extension })}
                onClick={() => setTask({ kind: "password", extension })}
              >
                {t("new_password")}
              </Button>
              <Button
                kind="tertiary"
                size="md"
                destructive
                aria-label={t("remove_of", { what: extension })}
                onClick={() => setTask({ kind: "remove", extension })}
              >
                {t("remove")}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      <AddLine
        label={t("extension_new")}
        action={t("extension_add")}
        inputMode="numeric"
        onAdd={async (extension) => shown(await administration.addExtension(person.id, extension))}
      />
      {task?.kind === "password" && (
        <Confirm
          title={t("new_password_of", { extension: task.extension })}
          text={t("new_password_text")}
          action={t("new_password")}
          onConfirm={async () => shown(await administration.newPassword(task.extension))}
          onClose={() => setTask(null)}
        />
      )}
      {task?.kind === "remove" && (
        <Confirm
          title={t("extension_remove_title", { extension: task.extension })}
          text={t("extension_remove_text", { name: person.name })}
          action={t("remove")}
          onConfirm={async () => onChanged(await administration.removeExtension(task.extension))}
          onClose={() => setTask(null)}
        />
      )}
      {device && <DeviceDialog device={device} onClose={() => setDevice(null)} />}
    </section>
  );
}

function Phones({ phones, known }: { phones: readonly Registration[]; known: boolean }) {
  const { t } = useTranslation("admin");
  if (!known) return null;
  if (phones.length === 0) return <span className={styles.about}>{t("phone_none")}</span>;
  return phones.map((phone) => (
    <span key={`${phone.host} ${phone.transport}`} className={styles.about} data-up>
      {t("phone_connected", { phone: phone.user_agent ?? t("phone_unknown"), host: phone.host })}
    </span>
  ));
}
