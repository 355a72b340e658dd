import PauseIcon from "@vector-im/compound-design-tokens/assets/web/icons/pause-solid";
import PlayIcon from "@vector-im/compound-design-tokens/assets/web/icons/play-solid";
import { formatDuration } from "../calls/duration";
import { dateLocale } from "../ui/dates";
import { RoundButton } from "../ui/RoundButton";
import styles from "./SoundPlayer.module.css";
import { usePlayer } from "./usePlayer";

const nothing = (): void => undefined;

interface Props {
  address: string;
  duration: number;
  words: { play: string; pause: string; position: string; failed: string; speed: (speed: string) => string };
  onPlay?: () => void;
}

/** Plays a sound of `duration` ms: where it is, further back or on, and faster. */
export function SoundPlayer({ address, duration, words, onPlay = nothing }: Props) {
  const player = usePlayer(address, onPlay);
  const seconds = duration / 1000;
  const speed = `${new Intl.NumberFormat(dateLocale()).format(player.speed)}×`;
  if (player.failed) {
    return (
      <p className={styles.failed} role="alert">
        {words.failed}
      </p>
    );
  }
  return (
    <div className={styles.player}>
      <RoundButton
        Icon={player.sounding ? PauseIcon : PlayIcon}
        label={player.sounding ? words.pause : words.play}
        size="small"
        onClick={player.toggle}
      />
      <input
        className={styles.position}
        type="range"
        min={0}
        max={seconds}
        step={0.1}
        value={Math.min(player.at, seconds)}
        aria-label={words.position}
        aria-valuetext={formatDuration(player.at * 1000)}
        onChange={(event) => player.seek(Number(event.target.value))}
      />
      <span className={styles.time}>{formatDuration(player.at > 0 ? player.at * 1000 : duration)}</span>
      <button type="button" className={styles.speed} onClick={player.faster} aria-label={words.speed(speed)}>
        {speed}
      </button>
    </div>
  );
}
