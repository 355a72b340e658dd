import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { type Attendant, attendantsApi } from "../../api/attendants";
import { dial } from "../../calls/place";
import { useLoaded } from "../../ui/useLoaded";
import styles from "../Admin.module.css";
import { type Ask, LineButtons, ListPanel } from "../ListPanel";
import { AttendantEditor } from "./AttendantEditor";

/** Automatic attendants: numbers that answer with "press 1 for …". */
export function AttendantsPanel() {
  const { t } = useTranslation("admin/attendants");
  const loaded = useLoaded(attendantsApi.list);
  const list = loaded.value?.attendants;
  return (
    <ListPanel
      id="admin-attendants"
      title={t("title")}
      hint={t("hint")}
      none={t("none")}
      add={t("add")}
      loaded={loaded}
      items={list}
      keyOf={(attendant) => attendant.id}
      renderLine={(attendant, ask) => <Row attendant={attendant} ask={ask} />}
      alone
      renderEditor={(attendant, close) => (
        <AttendantEditor
          attendant={attendant}
          attendants={list ?? []}
          onSaved={loaded.load}
          onClose={close}
        />
      )}
      removal={(attendant) => ({
        title: t("remove_title", { name: attendant.name }),
        text: t("remove_text", { extension: attendant.extension }),
        remove: () => attendantsApi.remove(attendant.id),
      })}
    />
  );
}

function Row({ attendant, ask }: { attendant: Attendant; ask: Ask }) {
  const { t } = useTranslation("admin/attendants");
  const { name, extension, numbers } = attendant;
  return (
    <>
      <div className={styles.words}>
        <strong className={styles.wrap}>{name}</strong>
        <span className={styles.about}>
          {[extension, ...numbers.map((each) => each.display)].join(" · ")}
        </span>
        {attendant.hours !== null && (
          <span className={styles.state} data-state={attendant.now === "open" ? "up" : "down"}>
            {t(`now_${attendant.now}`)}
          </span>
        )}
      </div>
      <LineButtons name={name} ask={ask}>
        <Button
          kind="tertiary"
          size="md"
          aria-label={t("try_of", { name })}
          onClick={() => void dial(extension)}
        >
          {t("try")}
        </Button>
      </LineButtons>
    </>
  );
}
