import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Recording, recordingsApi } from "../../api/recordings";
import { RecordingRow } from "../../recordings/RecordingRow";
import { toast } from "../../ui/toasts";
import { useLoaded } from "../../ui/useLoaded";
import { Waiting } from "../../ui/Waiting";
import styles from "../Admin.module.css";
import { refusalWords } from "../words";

const asked = () => recordingsApi.list({ everybody: true });

interface Page {
  recordings: Recording[];
  next: number | null;
}

/** All recordings of the organisation; who hears, keeps or deletes one stands in the log of activity. */
export function AllRecordings() {
  const { t } = useTranslation("admin/recordings");
  const first = useLoaded(asked);
  const [older, setOlder] = useState<Page | null>(null);
  const found = [...(first.value?.recordings ?? []), ...(older?.recordings ?? [])];
  const next = (older ?? first.value)?.next ?? null;
  const more = async (before: number): Promise<void> => {
    try {
      const page = await recordingsApi.list({ everybody: true, before });
      setOlder({ recordings: [...(older?.recordings ?? []), ...page.recordings], next: page.next });
    } catch (refusal) {
      toast("error", refusalWords(refusal));
    }
  };
  const again = (): void => {
    setOlder(null);
    first.load();
  };
  return (
    <fieldset className={styles.group}>
      <legend>{t("all")}</legend>
      <p className={styles.about}>{t("all_hint")}</p>
      {first.value === null && <Waiting loaded={first} />}
      {first.value !== null && found.length === 0 && <p className={styles.note}>{t("none")}</p>}
      <ul role="list">
        {found.map((recording) => (
          <RecordingRow key={recording.id} recording={recording} onGone={again} />
        ))}
      </ul>
      {next !== null && (
        <Button kind="tertiary" size="md" onClick={() => void more(next)}>
          {t("more")}
        </Button>
      )}
    </fieldset>
  );
}
