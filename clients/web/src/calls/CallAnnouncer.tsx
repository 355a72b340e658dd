import { useTranslation } from "react-i18next";
import { useNumberFormat } from "../numbers/numberFormat";
import type { CallSnapshot } from "./call";
import { endWords } from "./words";

interface Props {
  calls: readonly CallSnapshot[];
  receipts: readonly CallSnapshot[];
}

/** Tells screen readers of a call that rings and of one that has ended, without moving the focus. */
export function CallAnnouncer({ calls, receipts }: Props) {
  const { t } = useTranslation("calls");
  const format = useNumberFormat();
  const ringing = calls.find((call) => call.phase === "ringing-in");
  const key = ringing?.video ? "announce_incoming_video" : "announce_incoming";
  const ended = receipts.at(-1);
  return (
    <>
      <div className="visually-hidden" role="alert" aria-live="assertive">
        {ringing ? t(key, { name: format(ringing.peer.name) }) : ""}
      </div>
      <div className="visually-hidden" role="status">
        {ended ? endWords(ended) : ""}
      </div>
    </>
  );
}
