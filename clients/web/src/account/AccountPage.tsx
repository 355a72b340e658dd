import { Button } from "@vector-im/compound-web";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "../api/accounts";
import { errorWords } from "../api/errors";
import { useLayout } from "../ui/layout";
import { toast } from "../ui/toasts";
import { StartMeeting } from "../meetings/room/StartMeeting";
import { useNumberFormat } from "../numbers/numberFormat";
import { PersonAvatar } from "../people/PersonAvatar";
import { useMe } from "../session/session";
import { PhotoDialog } from "./PhotoDialog";
import { refreshPhoto } from "./refreshPhoto";
import styles from "../ui/Settings.module.css";

/** Who I am here: photo and details. */
export function AccountPage() {
  return (
    <>
      <Meet />
      <Photo />
      <Details />
    </>
  );
}

/** One press from here to a video call, which on a phone has no other place so near. */
function Meet() {
  if (useLayout() !== "phone") return null;
  return (
    <section className={styles.section}>
      <StartMeeting words />
    </section>
  );
}

function Photo() {
  const { t } = useTranslation("account");
  const me = useMe();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File | null>(null);
  const remove = (): void => {
    accounts
      .removePhoto()
      .then(refreshPhoto)
      .catch((error: unknown) => toast("error", errorWords(error)));
  };
  return (
    <section className={styles.section}>
      <h2>{t("photo")}</h2>
      <div className={styles.row}>
        <PersonAvatar userId={me.user_id} name={me.name} size={96} photo={me.photo} />
        <div className={styles.grow}>
          <p className={styles.hint}>{t("photo_hint")}</p>
        </div>
        <div className={styles.buttons}>
          <Button kind="secondary" size="md" onClick={() => input.current?.click()}>
            {t(me.photo ? "photo_change" : "photo_add")}
          </Button>
          {me.photo && (
            <Button kind="tertiary" size="md" onClick={remove}>
              {t("photo_remove")}
            </Button>
          )}
        </div>
      </div>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-label={t("photo_add")}
        onChange={(event) => {
          setFile(event.target.files?.[0] ?? null);
          event.target.value = "";
        }}
      />
      {file && <PhotoDialog file={file} onClose={() => setFile(null)} />}
    </section>
  );
}

function Details() {
  const { t } = useTranslation("account");
  const me = useMe();
  const format = useNumberFormat();
  const facts: [string, string][] = [
    [t("name"), me.name],
    [t("email"), me.email],
    [t("extensions"), me.extensions.join(", ")],
    [t("numbers"), me.numbers.map(format).join(", ")],
  ];
  return (
    <section className={styles.section}>
      <h2>{t("details")}</h2>
      <dl className={styles.facts}>
        {facts
          .filter(([, value]) => value !== "")
          .map(([label, value]) => (
            <div key={label} style={{ display: "contents" }}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <p className={styles.hint}>{t("details_hint")}</p>
    </section>
  );
}
