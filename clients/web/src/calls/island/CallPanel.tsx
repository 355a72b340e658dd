import CloseIcon from "@vector-im/compound-design-tokens/assets/web/icons/close";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useNumberFormat } from "../../numbers/numberFormat";
import { useStore } from "../../state/store";
import { RoundButton } from "../../ui/RoundButton";
import type { CallSnapshot } from "../call";
import { TargetPanel } from "../control/TargetPanel";
import { ToneKeypad } from "../ToneKeypad";
import styles from "./CallPanel.module.css";
import { closePanel, openPanel, type PanelKind } from "./panel";

/** What is opened beside one of these calls; nothing when none of them has anything open. Escape closes it. */
export function CallPanel({ calls }: { calls: readonly CallSnapshot[] }) {
  const open = useStore(openPanel);
  const call = calls.find((each) => each.id === open?.callId);
  return call && open ? <Panel key={`${call.id} ${open.kind}`} call={call} kind={open.kind} /> : null;
}

const TITLES = { keypad: "keypad", transfer: "transfer_to", add: "add_to" } as const;

function Panel({ call, kind }: { call: CallSnapshot; kind: PanelKind }) {
  const { t } = useTranslation("calls");
  const format = useNumberFormat();
  const panel = useFocusInside();
  const title = t(TITLES[kind], { name: format(call.peer.name) });
  return (
    <section
      ref={panel}
      className={styles.panel}
      data-kind={kind}
      aria-label={title}
      data-testid="call-panel"
    >
      <header className={styles.head}>
        <h2 className={styles.title}>{title}</h2>
        <RoundButton Icon={CloseIcon} label={t("close_panel")} kind="quiet" onClick={closePanel} />
      </header>
      {kind === "keypad" ? <ToneKeypad call={call} /> : <TargetPanel call={call} kind={kind} />}
    </section>
  );
}

/** The focus goes to the field of what was opened, else to its first button, and back when it closes. */
function useFocusInside() {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const here = panel.current;
    const before = document.activeElement;
    (here?.querySelector<HTMLElement>("input") ?? here?.querySelector("button"))?.focus();
    return () => {
      const left = document.activeElement === document.body || here?.contains(document.activeElement);
      if (left && before instanceof HTMLElement) before.focus();
    };
  }, []);
  return panel;
}
