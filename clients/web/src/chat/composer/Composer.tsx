import { IconButton } from "@vector-im/compound-web";
import AttachIcon from "@vector-im/compound-design-tokens/assets/web/icons/attachment";
import CloseIcon from "@vector-im/compound-design-tokens/assets/web/icons/close";
import ReactionIcon from "@vector-im/compound-design-tokens/assets/web/icons/reaction";
import SendIcon from "@vector-im/compound-design-tokens/assets/web/icons/send-solid";
import { useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLayout } from "../../ui/layout";
import { Popover } from "../../ui/Popover";
import type { RoomTimeline } from "../../matrix/live/timeline";
import type { RoomSummary } from "../../matrix/rooms";
import type { Message } from "../../matrix/timeline";
import { navigate, paths } from "../../routes/routes";
import { standing, write } from "../markdown/markdown";
import { useOpenRoom } from "../room/context";
import type { Composing } from "../room/context";
import { EmojiGrid } from "../timeline/EmojiGrid";
import styles from "./Composer.module.css";
import { MentionList } from "./MentionList";
import { addFiles } from "./uploads";
import { useComposerText } from "./useComposerText";
import { useMentions } from "./useMentions";
import { useTypingNotice } from "./useTypingNotice";

interface Props {
  summary: RoomSummary;
  composing: Composing;
  timeline: RoomTimeline;
}

/** Where messages are written. Enter sends with a keyboard; on a phone it begins a new line. */
export function Composer({ summary, composing, timeline }: Props) {
  const { t } = useTranslation("chat");
  const { client, room, actions, setComposing } = useOpenRoom();
  const phone = useLayout() === "phone";
  const area = useRef<HTMLTextAreaElement>(null);
  const { text, mentions, change, clear } = useComposerText(room.roomId, composing, area);
  const typing = useTypingNotice(actions);
  const mention = useMentions({ area, text, mentions, change });
  const canSend = text.trim() !== "";

  const send = (): void => {
    if (!canSend) return;
    const said = standing(text, mentions);
    const message = composing.kind === "new" ? null : composing.message;
    const draft = {
      ...write(text, said),
      mentions: said.map(({ userId }) => userId),
      replyTo: composing.kind === "reply" ? (message?.eventId ?? null) : null,
      edits: composing.kind === "edit" ? (message?.eventId ?? null) : null,
    };
    // What was just said stands at the end.
    if (timeline.past) navigate(paths.room(room.roomId), { replace: true });
    // A failure stands on the message itself, with "send again".
    actions.send(draft).catch(() => undefined);
    clear();
    typing(false);
    setComposing({ kind: "new" });
    area.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.nativeEvent.isComposing || mention.onKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !phone) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && composing.kind !== "new") {
      event.preventDefault();
      setComposing({ kind: "new" });
    } else if (event.key === "ArrowUp" && text === "" && composing.kind === "new") {
      const own = lastOwn(timeline);
      if (own) event.preventDefault();
      if (own) setComposing({ kind: "edit", message: own });
    }
  };

  const place = summary.otherUserId ? "write" : "write_group";
  const placeholder = t(summary.encrypted ? `${place}_encrypted` : place, { name: summary.name });
  return (
    <div className={styles.composer}>
      <Context composing={composing} onStop={() => setComposing({ kind: "new" })} />
      <MentionList state={mention} />
      <div className={styles.box}>
        <AttachButton onFiles={(files) => addFiles(client, room.roomId, files)} />
        <textarea
          ref={area}
          className={styles.text}
          rows={1}
          value={text}
          placeholder={placeholder}
          aria-label={placeholder}
          {...mention.aria}
          onChange={(event) => {
            change(event.currentTarget.value, mentions);
            typing(event.currentTarget.value !== "");
            mention.onCaret();
          }}
          onSelect={mention.onCaret}
          onKeyDown={onKeyDown}
          onBlur={() => typing(false)}
          onPaste={(event) => pasteFiles(event, (files) => addFiles(client, room.roomId, files))}
        />
        <EmojiButton onPick={(emoji) => insert(area.current, emoji, (next) => change(next, mentions))} />
        <button
          type="button"
          className={styles.send}
          aria-label={t("send")}
          disabled={!canSend}
          onClick={send}
        >
          <SendIcon width={20} height={20} />
        </button>
      </div>
    </div>
  );
}

/** Which message is being answered or edited. */
function Context({ composing, onStop }: { composing: Composing; onStop: () => void }) {
  const { t } = useTranslation("chat");
  if (composing.kind === "new") return null;
  const editing = composing.kind === "edit";
  const { senderName, body, media } = composing.message;
  return (
    <div className={styles.context}>
      <div className={styles.contextWords}>
        <strong>{editing ? t("editing") : t("replying_to", { name: senderName })}</strong>
        <span>{media?.name ?? body}</span>
      </div>
      <IconButton size="28px" aria-label={editing ? t("stop_editing") : t("stop_replying")} onClick={onStop}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}

function AttachButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const { t } = useTranslation("chat");
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton tooltip={t("attach")} aria-label={t("attach")} onClick={() => input.current?.click()}>
        <AttachIcon />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

function EmojiButton({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useTranslation("chat");
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label={t("emoji")}
      open={open}
      onOpenChange={setOpen}
      placement="top-end"
      trigger={
        <IconButton aria-label={t("insert_emoji")}>
          <ReactionIcon />
        </IconButton>
      }
    >
      <EmojiGrid
        onPick={(emoji) => {
          setOpen(false);
          onPick(emoji);
        }}
      />
    </Popover>
  );
}

function lastOwn(timeline: RoomTimeline): Message | null {
  const entry = timeline.store
    .get()
    .entries.findLast((each) => each.type === "message" && each.own && each.canEdit);
  return entry?.type === "message" ? entry : null;
}

function insert(area: HTMLTextAreaElement | null, what: string, change: (next: string) => void): void {
  if (!area) return;
  area.setRangeText(what, area.selectionStart, area.selectionEnd, "end");
  change(area.value);
  area.focus();
}

/** Pasted pictures and files are sent; pasted text stays text. */
function pasteFiles(event: ClipboardEvent, send: (files: File[]) => void): void {
  const files = [...event.clipboardData.files];
  if (files.length === 0 || event.clipboardData.types.includes("text/plain")) return;
  event.preventDefault();
  send(files);
}
