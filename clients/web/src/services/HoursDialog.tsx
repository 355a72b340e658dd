import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Week } from "../hours/Week";
import type { Opening } from "../api/hours";
import { errorWords } from "../api/errors";
import type { ServicesChange } from "../api/services";
import { Dialog } from "../ui/Dialog";
import settings from "../ui/Settings.module.css";
import styles from "./Services.module.css";
import { changeServices } from "./services";

interface Props {
  title: string;
  week: readonly Opening[];
  /** What a day without times is called. */
  empty: string;
  /** What is changed when the week is saved. */
  change: (week: Opening[]) => ServicesChange;
  onClose: () => void;
}

/** Hours of the week, that are saved together, or it is said why not. */
export function HoursDialog({ title, week: before, empty, change, onClose }: Props) {
  const { t } = useTranslation("services");
  const [week, setWeek] = useState<Opening[]>([...before]);
  const [refused, setRefused] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    if (week.some((each) => !each.opens || !each.closes)) return setRefused(t("hours_missing"));
    setBusy(true);
    try {
      await changeServices(change(week));
      onClose();
    } catch (error) {
      setRefused(errorWords(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button kind="secondary" size="md" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button kind="primary" size="md" disabled={busy} onClick={() => void save()}>
            {t("save")}
          </Button>
        </>
      }
    >
      <Week week={week} onChange={setWeek} empty={empty} />
      <div role="alert" className={styles.refused}>
        {refused && <p className={settings.error}>{refused}</p>}
      </div>
    </Dialog>
  );
}
