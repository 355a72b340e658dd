import { Button, Form, IconButton } from "@vector-im/compound-web";
import CloseIcon from "@vector-im/compound-design-tokens/assets/web/icons/close";
import EditIcon from "@vector-im/compound-design-tokens/assets/web/icons/edit";
import LeaveIcon from "@vector-im/compound-design-tokens/assets/web/icons/leave";
import UserAddIcon from "@vector-im/compound-design-tokens/assets/web/icons/user-add";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { VerifyPerson } from "../../encryption/VerifyPerson";
import { Dialog } from "../../ui/Dialog";
import { navigate, paths } from "../../routes/routes";
import { toast } from "../../ui/toasts";
import type { RoomSummary } from "../../matrix/rooms";
import { PersonAvatar } from "../../people/PersonAvatar";
import { PeoplePicker } from "../roomlist/PeoplePicker";
import { toggled } from "../roomlist/NewConversation";
import { useOpenRoom } from "./context";
import { Encrypt } from "./Encrypt";
import { RoomAvatar } from "./RoomAvatar";
import styles from "./RoomPanel.module.css";
import { useMembers } from "./useMembers";

type Task = "rename" | "invite" | "leave" | null;

/** Beside the conversation: who is in it, and what can be done with it. */
export function RoomPanel({ summary, onClose }: { summary: RoomSummary; onClose: () => void }) {
  const { t } = useTranslation("chat");
  const { actions, client } = useOpenRoom();
  const [task, setTask] = useState<Task>(null);
  const may = actions.may();
  const group = summary.otherUserId === null;
  const done = (): void => setTask(null);
  return (
    <aside className={styles.panel} aria-label={t("panel")}>
      <header className={styles.head}>
        <h3>{t("details")}</h3>
        <IconButton aria-label={t("close", { ns: "app" })} onClick={onClose}>
          <CloseIcon />
        </IconButton>
      </header>
      <div className={styles.who}>
        <RoomAvatar room={summary} size={72} />
        <p className={styles.name}>
          {summary.name}
          {group && may.rename && (
            <IconButton size="28px" aria-label={t("panel_rename")} onClick={() => setTask("rename")}>
              <EditIcon />
            </IconButton>
          )}
        </p>
        <Encrypt summary={summary} />
        {summary.encrypted && summary.otherUserId && (
          <VerifyPerson client={client} userId={summary.otherUserId} roomId={summary.roomId} />
        )}
      </div>
      <Members onAdd={group && may.invite ? () => setTask("invite") : null} />
      {group && (
        <div className={styles.foot}>
          <Button kind="tertiary" destructive Icon={LeaveIcon} onClick={() => setTask("leave")}>
            {t("panel_leave")}
          </Button>
        </div>
      )}
      {task === "rename" && <RenameDialog name={summary.name} onClose={done} />}
      {task === "invite" && <InviteDialog onClose={done} />}
      {task === "leave" && <LeaveDialog name={summary.name} onClose={done} />}
    </aside>
  );
}

function Members({ onAdd }: { onAdd: (() => void) | null }) {
  const { t } = useTranslation("chat");
  const members = useMembers();
  return (
    <section className={styles.members} aria-label={t("panel_people")}>
      <div className={styles.membersHead}>
        <h4>
          {t("panel_people")} <span>{members.length}</span>
        </h4>
        {onAdd && (
          <IconButton tooltip={t("panel_add")} aria-label={t("panel_add")} onClick={onAdd}>
            <UserAddIcon />
          </IconButton>
        )}
      </div>
      <ul role="list">
        {members.map((member) => (
          <li key={member.userId} className={styles.member}>
            <PersonAvatar userId={member.userId} name={member.name} size={32} presence />
            <span>{member.own ? `${member.name} (${t("you")})` : member.name}</span>
            {member.invited && <em>{t("pending")}</em>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function RenameDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useTranslation("chat");
  const { actions } = useOpenRoom();
  const [value, setValue] = useState(name);
  const save = (): void => {
    onClose();
    if (value.trim() === name) return;
    actions.rename(value.trim()).catch(() => toast("error", t("rename_failed")));
  };
  return (
    <Dialog
      title={t("panel_rename")}
      onClose={onClose}
      actions={
        <Button type="submit" form="rename-room" disabled={!value.trim()}>
          {t("save")}
        </Button>
      }
    >
      <Form.Root
        id="rename-room"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Form.Field name="name">
          <Form.Label>{t("group_name")}</Form.Label>
          <Form.TextControl
            autoFocus
            required
            maxLength={120}
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
          />
        </Form.Field>
      </Form.Root>
    </Dialog>
  );
}

function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("chat");
  const { actions } = useOpenRoom();
  const members = useMembers();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const invite = (): void => {
    onClose();
    actions.invite([...chosen]).catch(() => toast("error", t("invite_failed")));
  };
  return (
    <Dialog
      title={t("panel_add")}
      onClose={onClose}
      actions={
        <Button disabled={chosen.size === 0} onClick={invite}>
          {t("invite_send")}
        </Button>
      }
    >
      <PeoplePicker
        except={new Set(members.map((member) => member.userId))}
        chosen={chosen}
        onPick={({ user_id: userId }) => setChosen(toggled(chosen, userId))}
      />
    </Dialog>
  );
}

function LeaveDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useTranslation("chat");
  const { actions } = useOpenRoom();
  const leave = (): void => {
    onClose();
    actions.leave().then(
      () => navigate(paths.chat),
      () => toast("error", t("leave_failed")),
    );
  };
  return (
    <Dialog
      title={t("leave_title", { name })}
      onClose={onClose}
      actions={
        <>
          <Button kind="secondary" onClick={onClose}>
            {t("cancel", { ns: "app" })}
          </Button>
          <Button destructive onClick={leave}>
            {t("leave")}
          </Button>
        </>
      }
    >
      <p>{t("leave_text")}</p>
    </Dialog>
  );
}
