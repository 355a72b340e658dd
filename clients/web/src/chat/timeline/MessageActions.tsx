import { Button, IconButton, Menu, MenuItem } from "@vector-im/compound-web";
import CopyIcon from "@vector-im/compound-design-tokens/assets/web/icons/copy";
import DeleteIcon from "@vector-im/compound-design-tokens/assets/web/icons/delete";
import EditIcon from "@vector-im/compound-design-tokens/assets/web/icons/edit";
import MoreIcon from "@vector-im/compound-design-tokens/assets/web/icons/overflow-horizontal";
import ReactIcon from "@vector-im/compound-design-tokens/assets/web/icons/reaction-add";
import ReplyIcon from "@vector-im/compound-design-tokens/assets/web/icons/reply";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../ui/Dialog";
import { Popover } from "../../ui/Popover";
import { toast } from "../../ui/toasts";
import type { Message } from "../../matrix/timeline";
import { useOpenRoom } from "../room/context";
import { QUICK } from "./emoji";
import { EmojiGrid } from "./EmojiGrid";
import styles from "./MessageActions.module.css";
import { useReact } from "./useReact";

interface Props {
  message: Message;
  /** Tells when a panel of it opens, so that it stays though the pointer leaves. */
  onOpenChange: (open: boolean) => void;
  menu: boolean;
  onMenu: (open: boolean) => void;
}

/** The small bar over a message in hand: react, reply, and the rest behind "more". */
export function MessageActions({ message, onOpenChange, menu, onMenu }: Props) {
  const { t } = useTranslation("chat");
  const { setComposing } = useOpenRoom();
  const [deleting, setDeleting] = useState(false);
  const askDelete = (asking: boolean): void => {
    setDeleting(asking);
    onOpenChange(asking);
  };
  const sent = message.status === "sent";
  if (!sent) return null;
  return (
    <div className={styles.bar} role="toolbar" aria-label={t("actions")} data-own={message.own || undefined}>
      <ReactButton message={message} onOpenChange={onOpenChange} />
      <IconButton
        size="30px"
        tooltip={t("reply")}
        aria-label={t("reply")}
        onClick={() => setComposing({ kind: "reply", message })}
      >
        <ReplyIcon />
      </IconButton>
      <MoreMenu message={message} open={menu} onOpenChange={onMenu} onDelete={() => askDelete(true)} />
      {deleting && <DeleteDialog message={message} onClose={() => askDelete(false)} />}
    </div>
  );
}

function ReactButton({ message, onOpenChange }: Pick<Props, "message" | "onOpenChange">) {
  const { t } = useTranslation("chat");
  const react = useReact(message);
  const [open, setOpen] = useState(false);
  const change = (next: boolean): void => {
    setOpen(next);
    onOpenChange(next);
  };
  return (
    <Popover
      label={t("react")}
      open={open}
      onOpenChange={change}
      placement="top"
      trigger={
        <IconButton size="30px" aria-label={t("react")}>
          <ReactIcon />
        </IconButton>
      }
    >
      <EmojiGrid
        onPick={(emoji) => {
          react(emoji);
          change(false);
        }}
      />
    </Popover>
  );
}

interface MoreProps {
  message: Message;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onDelete: () => void;
}

function MoreMenu({ message, open, onOpenChange, onDelete }: MoreProps) {
  const { t } = useTranslation("chat");
  const { setComposing } = useOpenRoom();
  const react = useReact(message);
  const pick = (emoji: string): void => {
    react(emoji);
    onOpenChange(false);
  };
  return (
    <Menu
      title={t("actions")}
      showTitle={false}
      open={open}
      onOpenChange={onOpenChange}
      align="end"
      trigger={
        <IconButton size="30px" aria-label={t("more")}>
          <MoreIcon />
        </IconButton>
      }
    >
      <div className={styles.quick} role="group" aria-label={t("react")}>
        {QUICK.map((emoji) => (
          <button
            key={emoji}
            type="button"
            role="menuitem"
            aria-label={t("react_with", { emoji })}
            onClick={() => pick(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
      <MenuItem
        Icon={ReplyIcon}
        label={t("reply")}
        hideChevron
        onSelect={() => setComposing({ kind: "reply", message })}
      />
      {message.canEdit && (
        <MenuItem
          Icon={EditIcon}
          label={t("edit")}
          hideChevron
          onSelect={() => setComposing({ kind: "edit", message })}
        />
      )}
      {message.body && <CopyItem text={message.body} />}
      {message.canRedact && (
        <MenuItem Icon={DeleteIcon} kind="critical" label={t("delete")} hideChevron onSelect={onDelete} />
      )}
    </Menu>
  );
}

function CopyItem({ text }: { text: string }) {
  const { t } = useTranslation("chat");
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => toast("success", t("copied")),
      () => toast("error", t("copy_failed")),
    );
  };
  return <MenuItem Icon={CopyIcon} label={t("copy")} hideChevron onSelect={copy} />;
}

function DeleteDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation("chat");
  const { actions } = useOpenRoom();
  const remove = (): void => {
    onClose();
    actions.redact(message.eventId).catch(() => toast("error", t("delete_failed")));
  };
  return (
    <Dialog
      title={t("delete_title")}
      onClose={onClose}
      actions={
        <>
          <Button kind="secondary" onClick={onClose}>
            {t("cancel", { ns: "app" })}
          </Button>
          <Button destructive onClick={remove}>
            {t("delete")}
          </Button>
        </>
      }
    >
      <p>{t("delete_text")}</p>
    </Dialog>
  );
}
