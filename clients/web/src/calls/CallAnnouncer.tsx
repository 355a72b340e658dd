import { useTranslation } from "react-i18next";
import type { CallSnapshot } from "./call";

/** Tells screen readers of a call that rings, without moving the focus. */
export function CallAnnouncer({ calls }: { calls: readonly CallSnapshot[] }) {
  const { t } = useTranslation("calls");
  const ringing = calls[0];
  const key = ringing?.video ? "announce_incoming_video" : "announce_incoming";
  return (
    <div className="visually-hidden" role="alert" aria-live="assertive">
      {ringing ? t(key, { name: ringing.peer.name }) : ""}
    </div>
  );
}
