import { memo, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEncryption, type Unreadable } from "../../matrix/encryption";
import type { Message } from "../../matrix/timeline";
import { useMe } from "../../session/session";
import { AudioPlayer } from "../media/AudioPlayer";
import { FileCard } from "../media/FileCard";
import { ImageView } from "../media/ImageView";
import { linkify } from "../markdown/linkify";
import { sanitise } from "../markdown/sanitise";
import styles from "./Body.module.css";

/** Longer than this is folded, with a button to show all. */
const FOLD_CHARS = 1_600;
const FOLD_LINES = 24;

/** What a message says, by its kind. */
export function Body({ message }: { message: Message }) {
  const { t } = useTranslation("chat");
  switch (message.kind) {
    case "redacted":
      return <span>{message.own ? t("deleted_own") : t("deleted")}</span>;
    case "encrypted":
      return <UnreadableWords cause={message.unreadable ?? "unknown"} />;
    case "image":
      return message.media ? <ImageView media={message.media} /> : <Words message={message} />;
    case "audio":
      return message.media ? <AudioPlayer media={message.media} /> : <Words message={message} />;
    case "file":
    case "video":
      return message.media ? <FileCard media={message.media} /> : <Words message={message} />;
    default:
      return <Words message={message} />;
  }
}

function UnreadableWords({ cause }: { cause: Unreadable }) {
  const { t } = useTranslation("encryption");
  const { recovery } = useEncryption();
  // Without a recovery key another device has to give it.
  const words = cause === "needs_recovery" && recovery === "none" ? "needs_device" : cause;
  return <span>{t(`cannot_${words}`)}</span>;
}

function Words({ message }: { message: Message }) {
  const { t } = useTranslation("chat");
  const [unfolded, setUnfolded] = useState(false);
  const long = isLong(message.body);
  const emote = message.kind === "emote" ? `${message.senderName} ` : "";
  return (
    <>
      <div
        className={styles.words}
        data-folded={(long && !unfolded) || undefined}
        data-emoji={onlyEmoji(message.body) || undefined}
      >
        {emote}
        {message.html === null ? <Plain body={message.body} /> : <Formatted html={message.html} />}
      </div>
      {long && (
        <button
          type="button"
          className={styles.fold}
          onClick={() => setUnfolded(!unfolded)}
          aria-expanded={unfolded}
        >
          {unfolded ? t("show_less") : t("show_more")}
        </button>
      )}
    </>
  );
}

const Plain = memo(function Plain({ body }: { body: string }) {
  return (
    <span className={styles.plain}>
      {linkify(body).map((part, index) =>
        part.href === null ? (
          part.text
        ) : (
          // The parts of a text have no identity but their place.
          // oxlint-disable-next-line react/no-array-index-key
          <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        ),
      )}
    </span>
  );
});

const Formatted = memo(function Formatted({ html }: { html: string }) {
  const me = useMe().user_id;
  const safe = useMemo(() => sanitise(html, me), [html, me]);
  // Everything in it has gone through DOMPurify.
  return <div className={styles.formatted} dangerouslySetInnerHTML={{ __html: safe }} />;
});

function isLong(body: string): boolean {
  return body.length > FOLD_CHARS || body.split("\n", FOLD_LINES + 1).length > FOLD_LINES;
}

/** One to three emoji and nothing else are shown large. */
function onlyEmoji(body: string): boolean {
  return /^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})[\p{Emoji_Modifier}\uFE0F\u200D\p{Extended_Pictographic}]*\s?){1,3}$/u.test(
    body,
  );
}
