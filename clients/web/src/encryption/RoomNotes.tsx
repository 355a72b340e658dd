import { Button } from "@vector-im/compound-web";
import type { MatrixClient, Room } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEncryption } from "../matrix/encryption";
import { acceptIdentity, followRoomTrust, type TrustNote } from "../matrix/live/crypto/roomTrust";
import { navigate, paths } from "../routes/routes";
import { toast } from "../ui/toasts";
import { EnterKeyDialog } from "./EnterKeyDialog";
import styles from "./Encryption.module.css";
import { RecoveryKeyDialog } from "./RecoveryKeyDialog";
import { isSeen, markSeen } from "./seen";

interface Props {
  client: MatrixClient;
  room: Room;
}

/** Above the messages of an encrypted room: what its reader is to know or to do, one thing at a time. */
export function RoomNotes({ client, room }: Props) {
  const notes = useTrust(client, room);
  const [, setSeen] = useState(0);
  const open = notes.find((note) => note.kind !== "devices" || !isSeen(note.key));
  const seen = (note: TrustNote): void => {
    markSeen(note.key);
    setSeen((count) => count + 1);
  };
  return (
    <>
      {open && <Trust client={client} note={open} onSeen={() => seen(open)} />}
      <OwnKey client={client} quiet={open !== undefined} />
    </>
  );
}

function useTrust(client: MatrixClient, room: Room): readonly TrustNote[] {
  const { status } = useEncryption();
  const [notes, setNotes] = useState<readonly TrustNote[]>([]);
  useEffect(() => {
    if (status !== "ready") return undefined;
    const followed = followRoomTrust(client, room);
    const unsubscribe = followed.notes.subscribe(() => setNotes(followed.notes.get()));
    return () => {
      unsubscribe();
      followed.end();
      setNotes([]);
    };
  }, [client, room, status]);
  return notes;
}

const WORDS = { reset: "identity_reset", verified_reset: "verified_reset" } as const;

interface TrustProps {
  client: MatrixClient;
  note: TrustNote;
  onSeen: () => void;
}

function Trust({ client, note, onSeen }: TrustProps) {
  const { t } = useTranslation("encryption");
  const { onlySigned } = useEncryption();
  const { kind, name } = note;
  const accept = (): void => {
    if (kind === "devices") {
      onSeen();
      return;
    }
    acceptIdentity(client, note).catch(() => toast("error", t("failed")));
  };
  const words = kind === "devices" ? (onlySigned ? "devices_left_out" : "devices_new") : WORDS[kind];
  return (
    <aside className={styles.note} data-alarm={kind === "verified_reset" || undefined} role="status">
      <p>{t(words, { name })}</p>
      <Button kind="secondary" size="md" onClick={accept}>
        {t(kind === "verified_reset" ? "accept_reset" : "understood")}
      </Button>
    </aside>
  );
}

const LATER = "recovery";

/** The key that this device needs, or that nobody keeps yet; `quiet`: a dialog stays, and nothing is said. */
function OwnKey({ client, quiet }: { client: MatrixClient; quiet: boolean }) {
  const { t } = useTranslation("encryption");
  const { status, verified, recovery } = useEncryption();
  const [open, setOpen] = useState<"enter" | "make" | null>(null);
  const [later, setLater] = useState(() => isSeen(LATER));
  if (status === "locked") {
    if (quiet) return null;
    return (
      <aside className={styles.note} role="status">
        <p>{t("status_locked")}</p>
      </aside>
    );
  }
  const close = (): void => setOpen(null);
  const settings = (): void => navigate(paths.settings("encryption"));
  const ready = status === "ready" && !quiet;
  const enter = ready && !verified;
  const keep = ready && verified && recovery === "none" && !later;
  const put = (): void => {
    markSeen(LATER);
    setLater(true);
  };
  return (
    <>
      {enter && (
        <aside className={styles.note} role="status">
          <p>{t("device_unverified")}</p>
          <Button size="md" onClick={() => (recovery === "kept" ? setOpen("enter") : settings())}>
            {t(recovery === "kept" ? "enter_title" : "what_to_do")}
          </Button>
        </aside>
      )}
      {keep && (
        <aside className={styles.note} role="status">
          <p>{t("keep_lead")}</p>
          <Button kind="tertiary" size="md" onClick={put}>
            {t("later")}
          </Button>
          <Button size="md" onClick={() => setOpen("make")}>
            {t("key_make")}
          </Button>
        </aside>
      )}
      {open === "enter" && <EnterKeyDialog client={client} onClose={close} onLost={settings} />}
      {open === "make" && <RecoveryKeyDialog client={client} onClose={close} />}
    </>
  );
}
