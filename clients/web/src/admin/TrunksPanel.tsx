import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { administration, type Trunk } from "../api/administration";
import { useNumberFormat } from "../numbers/numberFormat";
import { useLoaded } from "../ui/useLoaded";
import styles from "./Admin.module.css";
import { CallLimits } from "./CallLimits";
import { type Ask, LineButtons, ListPanel } from "./ListPanel";
import { TrunkEditor } from "./TrunkEditor";

/** The lines to the telephone network: which there are, whether they stand, and changing them. */
export function TrunksPanel() {
  const { t } = useTranslation("admin");
  const loaded = useLoaded(administration.trunks);
  return (
    <ListPanel
      id="admin-lines"
      title={t("page_lines")}
      hint={t("lines_hint")}
      none={t("lines_none")}
      add={t("trunk_add")}
      loaded={loaded}
      items={loaded.value?.trunks}
      keyOf={(trunk) => trunk.name}
      renderLine={(trunk, ask) => <Line trunk={trunk} ask={ask} />}
      renderEditor={(trunk, close) => <TrunkEditor trunk={trunk} onSaved={loaded.load} onClose={close} />}
      removal={(trunk) => ({
        title: t("trunk_remove_title", { name: trunk.name }),
        text: t("trunk_remove_text"),
        remove: () => administration.removeTrunk(trunk.name),
      })}
      beside={
        <Button kind="tertiary" size="md" onClick={() => loaded.load()}>
          {t("refresh")}
        </Button>
      }
    >
      <CallLimits />
    </ListPanel>
  );
}

function Line({ trunk, ask }: { trunk: Trunk; ask: Ask }) {
  const { t } = useTranslation("admin");
  const format = useNumberFormat();
  const unsure = trunk.why === null ? "unknown" : "unasked";
  const state = !trunk.enabled ? "off" : trunk.up === null ? unsure : trunk.up ? "up" : "down";
  return (
    <>
      <div className={styles.words}>
        <strong className={styles.wrap}>{trunk.name}</strong>
        <span className={styles.about}>
          {[
            t(`kind_${trunk.kind}`),
            `${trunk.host}${trunk.port === null ? "" : `:${trunk.port}`} ${trunk.transport.toUpperCase()}`,
            trunk.caller_id && format(trunk.caller_id),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
        <span className={styles.state} data-state={state}>
          {t(`state_${state}`)}
          {state === "down" && trunk.why && `: ${trunk.why}`}
        </span>
      </div>
      {trunk.source === "database" ? (
        <LineButtons name={trunk.name} ask={ask} />
      ) : (
        <span className={styles.about}>{t("trunk_of_file")}</span>
      )}
    </>
  );
}
