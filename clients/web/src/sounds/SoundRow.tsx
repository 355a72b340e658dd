import DeleteIcon from "@vector-im/compound-design-tokens/assets/web/icons/delete";
import DownloadIcon from "@vector-im/compound-design-tokens/assets/web/icons/download";
import type { ComponentProps, ReactNode } from "react";
import { PeerAvatar } from "../calls/PeerAvatar";
import { dateLocale } from "../ui/dates";
import { RoundButton } from "../ui/RoundButton";
import { SoundPlayer } from "./SoundPlayer";
import styles from "./SoundRow.module.css";

interface Props {
  userId: string | null;
  name: string;
  at: number;
  sound: ComponentProps<typeof SoundPlayer>;
  /** The file to keep, and what it is called then. */
  file: { address: string; name?: string; label: string };
  /** Without it nobody may delete it here. */
  remove?: { label: string; onClick: () => void };
  /** Set where nobody has heard it. */
  news?: string;
  /** What stands beside the time, below the player, and before what is done with it. */
  beside?: ReactNode;
  below?: ReactNode;
  actions?: ReactNode;
  testId: string;
  children?: ReactNode;
}

/** A sound that somebody left or that was recorded: of whom, when, its player, and what is done with it. */
export function SoundRow({ userId, name, at, sound, file, remove, news, beside, below, ...more }: Props) {
  return (
    <li className={styles.row} data-new={news !== undefined || undefined} data-testid={more.testId}>
      <PeerAvatar userId={userId} name={name} size={40} presence />
      <div className={styles.words}>
        <span className={styles.name}>
          {name}
          {news !== undefined && <span className={styles.new}>{news}</span>}
        </span>
        <span className={styles.when}>
          <time dateTime={new Date(at).toISOString()}>{when(at)}</time>
          {beside !== undefined && <> · {beside}</>}
        </span>
      </div>
      <div className={styles.sound}>
        <SoundPlayer {...sound} />
        {below}
      </div>
      <div className={styles.actions}>
        {more.actions}
        <a
          className={styles.download}
          href={file.address}
          download={file.name ?? true}
          aria-label={file.label}
          title={file.label}
        >
          <DownloadIcon width={20} height={20} aria-hidden />
        </a>
        {remove !== undefined && <RoundButton Icon={DeleteIcon} kind="quiet" size="small" {...remove} />}
      </div>
      {more.children}
    </li>
  );
}

function when(at: number): string {
  return new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium", timeStyle: "short" }).format(at);
}
