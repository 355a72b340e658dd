import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "../../state/store";
import type { CallSnapshot } from "../call";
import { closePanel } from "../island/panel";
import { add, transfer } from "./commands";
import { consult } from "./consults";
import { liveCalls, liveOf } from "./live";
import { TargetAction, TargetSearch } from "./TargetSearch";

interface Props {
  call: CallSnapshot;
  kind: "transfer" | "add";
}

/** Whom a call is given to, or who is called into it. */
export function TargetPanel({ call, kind }: Props) {
  const { t } = useTranslation("calls");
  const [busy, setBusy] = useState(false);
  const members = liveOf(call, useStore(liveCalls))?.members ?? [];
  const there = [call.peer.userId, ...members.map(({ party }) => party.user_id)].filter((id) => id !== null);
  const run = async (action: Promise<unknown>): Promise<void> => {
    setBusy(true);
    if (await action) closePanel();
    setBusy(false);
  };
  return (
    <TargetSearch
      without={there}
      renderActions={(target) =>
        kind === "transfer" ? (
          <>
            <TargetAction
              label={t("talk_first")}
              name={target.name}
              busy={busy}
              onClick={() => void run(consult(call.id, target))}
            />
            <TargetAction
              label={t("transfer_now")}
              name={target.name}
              busy={busy}
              primary
              onClick={() => void run(transfer(call.id, target))}
            />
          </>
        ) : (
          <TargetAction
            label={t("add_now")}
            name={target.name}
            busy={busy}
            primary
            onClick={() => void run(add(call.id, target))}
          />
        )
      }
    />
  );
}
