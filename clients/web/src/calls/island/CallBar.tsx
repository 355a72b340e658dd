import ExpandIcon from "@vector-im/compound-design-tokens/assets/web/icons/expand";
import { useTranslation } from "react-i18next";
import { useLayout } from "../../ui/layout";
import { useNumberFormat } from "../../numbers/numberFormat";
import type { CallSnapshot } from "../call";
import { CallControls } from "../CallControls";
import { CallStatus } from "../CallStatus";
import { calls } from "../manager";
import { PeerAvatar } from "../PeerAvatar";
import { RoundButton } from "../../ui/RoundButton";
import styles from "./CallBar.module.css";

/** A call in progress, over every section. */
export function CallBar({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation("calls");
  const phone = useLayout() === "phone";
  const format = useNumberFormat();
  const expand = (): void => calls.expand(call.id);
  return (
    <div
      className={styles.bar}
      role="group"
      aria-label={t("call_with", { name: format(call.peer.name) })}
      data-phase={call.phase}
      data-testid="call-bar"
    >
      <button type="button" className={styles.who} onClick={expand}>
        <PeerAvatar userId={call.peer.userId} name={call.peer.name} size={36} />
        <span className={styles.words}>
          <strong className={styles.name}>{format(call.peer.name)}</strong>
          <CallStatus call={call} />
        </span>
        <span className="visually-hidden">{t("expand")}</span>
      </button>
      <div className={styles.controls}>
        <CallControls call={call} layout={phone ? "brief" : "bar"} />
        <RoundButton
          Icon={ExpandIcon}
          label={t("expand")}
          kind="quiet"
          size={phone ? "medium" : "small"}
          onClick={expand}
        />
      </div>
    </div>
  );
}
