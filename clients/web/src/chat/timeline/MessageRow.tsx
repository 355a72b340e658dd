import { memo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@vector-im/compound-web";
import { language } from "../../i18n/i18n";
import { isGuestUser } from "../../matrix/guestWords";
import type { Message } from "../../matrix/timeline";
import { PersonAvatar } from "../../people/PersonAvatar";
import { clock, fullTime } from "../dates";
import { useOpenRoom } from "../room/context";
import { Body } from "./Body";
import { MessageActions } from "./MessageActions";
import styles from "./MessageRow.module.css";
import { QuoteView } from "./QuoteView";
import { Reactions } from "./Reactions";

interface Props {
  message: Message;
  /** Whether it begins or ends the run of its sender. */
  first: boolean;
  last: boolean;
  group: boolean;
  /** The newest row: the one that Tab reaches. */
  latest: boolean;
  goTo: (eventId: string) => void;
}

/** One message: its bubble, what it answers, its reactions, and its actions while it is in hand. */
export const MessageRow = memo(function MessageRow({ message, first, last, group, latest, goTo }: Props) {
  const hand = useInHand();
  const { own, senderName, sender } = message;
  // A guest is a third one in a direct room, too.
  const withAvatar = (group || isGuestUser(sender)) && !own;
  return (
    <article
      className={styles.row}
      data-message={message.eventId}
      data-own={own || undefined}
      data-first={first || undefined}
      data-mentioned={message.mentionsMe || undefined}
      aria-label={`${senderName}, ${clock(message.ts, language())}`}
      tabIndex={latest ? 0 : -1}
      {...hand.props}
    >
      {withAvatar && (
        <span className={styles.avatar}>
          {last && <PersonAvatar userId={sender} name={senderName} size={32} />}
        </span>
      )}
      <div className={styles.column}>
        {first && withAvatar && <span className={styles.sender}>{senderName}</span>}
        <div className={styles.line}>
          <div
            className={styles.bubble}
            data-kind={message.kind}
            data-failed={message.status === "failed" || undefined}
            {...hand.touch}
          >
            {message.quote && <QuoteView quote={message.quote} goTo={goTo} />}
            <Body message={message} />
            <Stamp message={message} />
          </div>
          {(hand.inHand || hand.open) && message.kind !== "redacted" && message.status !== "failed" && (
            <MessageActions
              message={message}
              onOpenChange={hand.setOpen}
              menu={hand.menu}
              onMenu={hand.setMenu}
            />
          )}
        </div>
        <Reactions message={message} />
        {message.status === "failed" && <Failed message={message} />}
      </div>
    </article>
  );
});

/** A message is in hand while the pointer or the focus is on it, or one of its menus is open. */
function useInHand() {
  const [hovered, setHovered] = useState(false);
  const [focused, setFocused] = useState(false);
  const [open, setOpen] = useState(false);
  const [menu, setMenu] = useState(false);
  const touched = useRef(false);
  return {
    inHand: hovered || focused,
    open: open || menu,
    setOpen,
    menu,
    setMenu,
    props: {
      onMouseEnter: () => setHovered(true),
      onMouseLeave: () => setHovered(false),
      onFocus: () => setFocused(true),
      onBlur: (event: React.FocusEvent) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setFocused(false);
      },
    },
    // Without a mouse, a tap on the bubble opens the actions; links and buttons in it keep their own.
    touch: {
      onPointerDown: (event: React.PointerEvent) => {
        touched.current = event.pointerType === "touch";
      },
      onClick: (event: React.MouseEvent) => {
        const target = event.target as HTMLElement;
        if (touched.current && !target.closest("a, button, audio, video")) setMenu(true);
      },
    },
  };
}

function Stamp({ message }: { message: Message }) {
  const { t } = useTranslation("chat");
  return (
    <span className={styles.stamp}>
      {message.edited && <span>{t("edited")}</span>}
      <time title={fullTime(message.ts, language())} dateTime={new Date(message.ts).toISOString()}>
        {clock(message.ts, language())}
      </time>
      {message.status === "sending" && (
        <span className={styles.sending} role="img" aria-label={t("sending")} />
      )}
    </span>
  );
}

function Failed({ message }: { message: Message }) {
  const { t } = useTranslation("chat");
  const { actions } = useOpenRoom();
  return (
    <div className={styles.failed} role="alert">
      <span>{t("failed")}</span>
      <Button
        kind="tertiary"
        size="md"
        // A second failure shows in the same place.
        onClick={() => void actions.retry(message.eventId).catch(() => undefined)}
      >
        {t("retry")}
      </Button>
      <Button kind="tertiary" size="md" destructive onClick={() => actions.discard(message.eventId)}>
        {t("discard")}
      </Button>
    </div>
  );
}
