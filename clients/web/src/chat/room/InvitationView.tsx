import { Button } from "@vector-im/compound-web";
import ChatIcon from "@vector-im/compound-design-tokens/assets/web/icons/chat";
import type { MatrixClient } from "matrix-js-sdk";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "../../ui/Empty";
import { navigate, paths } from "../../routes/routes";
import { toast } from "../../ui/toasts";
import { accept } from "../../matrix/live/invites";
import type { RoomSummary } from "../../matrix/rooms";
import styles from "./InvitationView.module.css";

/** Somebody invites me: join or decline. */
export function InvitationView({ client, summary }: { client: MatrixClient; summary: RoomSummary }) {
  const { t } = useTranslation("chat");
  const [answering, setAnswering] = useState(false);
  const answer = async (work: () => Promise<unknown>, failure: string): Promise<void> => {
    setAnswering(true);
    try {
      await work();
    } catch {
      toast("error", failure);
    }
    setAnswering(false);
  };
  const join = (): Promise<void> =>
    answer(() => accept(client, summary.roomId, summary.otherUserId), t("accept_failed"));
  const decline = (): Promise<void> =>
    answer(async () => {
      await client.leave(summary.roomId);
      navigate(paths.chat);
    }, t("decline_failed"));
  const name = summary.inviter?.name ?? "";
  return (
    <Empty
      Icon={ChatIcon}
      title={
        summary.otherUserId ? t("invite_direct", { name }) : t("invite_title", { name, room: summary.name })
      }
      action={
        <div className={styles.actions}>
          <Button kind="secondary" disabled={answering} onClick={() => void decline()}>
            {t("decline")}
          </Button>
          <Button disabled={answering} onClick={() => void join()}>
            {t("accept")}
          </Button>
        </div>
      }
    />
  );
}
