import AttachmentIcon from "@vector-im/compound-design-tokens/assets/web/icons/attachment";
import DeleteIcon from "@vector-im/compound-design-tokens/assets/web/icons/delete";
import MicIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-on";
import PauseIcon from "@vector-im/compound-design-tokens/assets/web/icons/pause-solid";
import PlayIcon from "@vector-im/compound-design-tokens/assets/web/icons/play-solid";
import StopIcon from "@vector-im/compound-design-tokens/assets/web/icons/stop-solid";
import { Button } from "@vector-im/compound-web";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { type Greeting, greetings, type Greetings as Mine, type Occasion, OCCASIONS } from "../api/greetings";
import { formatDuration } from "../calls/duration";
import { troubleWords } from "../devices/words";
import { RoundButton } from "../ui/RoundButton";
import { toast } from "../ui/toasts";
import { useLoaded } from "../ui/useLoaded";
import styles from "./Greetings.module.css";
import { usePlayer } from "../sounds/usePlayer";
import { type Recorder, useRecorder } from "./useRecorder";

/** Refusals that have words of their own. */
const REFUSALS = {
  not_a_sound: "not_a_sound",
  greeting_too_long: "greeting_too_long",
  too_large: "greeting_too_large",
} as const;

/** What callers hear before the tone: for all calls, and for each occasion. */
export function Greetings() {
  const { t } = useTranslation("voicemail");
  const { t: device } = useTranslation("devices");
  const { value, failed, load, set } = useLoaded(greetings.mine);
  const [saving, setSaving] = useState<Occasion | null>(null);
  const change = async (occasion: Occasion, changed: Promise<Mine>): Promise<void> => {
    setSaving(occasion);
    try {
      const now = await changed;
      set(() => now);
    } catch (error) {
      const code = error instanceof ApiError ? error.code : "";
      toast("error", t(code in REFUSALS ? REFUSALS[code as keyof typeof REFUSALS] : "not_done"));
    } finally {
      setSaving(null);
    }
  };
  const save = (occasion: Occasion, sound: Blob): void =>
    void change(occasion, greetings.set(occasion, sound));
  const recorder = useRecorder<Occasion>(value?.longest ?? 0, save);
  return (
    <details className={styles.greetings} data-testid="greetings">
      <summary>{t("greetings")}</summary>
      <p className={styles.hint}>{t("greetings_hint")}</p>
      {failed && (
        <p role="alert">
          {t("greetings_error")}{" "}
          <Button kind="tertiary" size="md" onClick={load}>
            {t("retry")}
          </Button>
        </p>
      )}
      <div role="alert">
        {recorder.trouble && (
          <p className={styles.trouble}>{device(troubleWords("microphone", recorder.trouble))}</p>
        )}
      </div>
      {value && (
        <ul className={styles.list} role="list">
          {OCCASIONS.map((occasion) => (
            <Row
              key={occasion}
              occasion={occasion}
              mine={value}
              saving={saving === occasion}
              recorder={recorder}
              onFile={(file) => save(occasion, file)}
              onRemove={() => void change(occasion, greetings.remove(occasion))}
            />
          ))}
        </ul>
      )}
    </details>
  );
}

interface RowProps {
  occasion: Occasion;
  mine: Mine;
  saving: boolean;
  recorder: Recorder<Occasion>;
  onFile: (file: File) => void;
  onRemove: () => void;
}

function Row({ occasion, mine, saving, recorder, onFile, onRemove }: RowProps) {
  const { t } = useTranslation("voicemail");
  const input = useRef<HTMLInputElement>(null);
  const own = mine.greetings.find((greeting) => greeting.occasion === occasion);
  const words = { occasion: t(`greeting_${occasion}`) };
  const busy = saving || recorder.purpose !== null;
  return (
    <li className={styles.row} data-testid={`greeting-${occasion}`}>
      <div className={styles.words}>
        <span>{words.occasion}</span>
        <State {...{ occasion, mine, saving, recorder, own }} />
      </div>
      <div className={styles.buttons}>
        {own && <Play key={own.id} greeting={own} label={t("greeting_play", words)} />}
        {typeof MediaRecorder !== "undefined" &&
          (recorder.purpose === occasion ? (
            <RoundButton
              Icon={StopIcon}
              label={t("greeting_stop")}
              kind="end"
              size="small"
              onClick={recorder.stop}
            />
          ) : (
            <RoundButton
              Icon={MicIcon}
              label={t("greeting_record", words)}
              size="small"
              disabled={busy}
              onClick={() => recorder.start(occasion)}
            />
          ))}
        <RoundButton
          Icon={AttachmentIcon}
          label={t("greeting_upload", words)}
          kind="quiet"
          size="small"
          disabled={busy}
          onClick={() => input.current?.click()}
        />
        {own && (
          <RoundButton
            Icon={DeleteIcon}
            label={t("greeting_remove", words)}
            kind="quiet"
            size="small"
            disabled={busy}
            onClick={onRemove}
          />
        )}
      </div>
      <input
        ref={input}
        type="file"
        accept="audio/*"
        hidden
        aria-label={t("greeting_upload", words)}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          event.target.value = "";
        }}
      />
    </li>
  );
}

type StateProps = Pick<RowProps, "occasion" | "mine" | "saving" | "recorder"> & { own: Greeting | undefined };

function State({ occasion, mine, saving, recorder, own }: StateProps) {
  const { t } = useTranslation("voicemail");
  const has = (other: Occasion): boolean => mine.greetings.some((greeting) => greeting.occasion === other);
  let words = t(occasion === "always" ? "greeting_ours" : "greeting_as_always");
  if (occasion === "do_not_disturb" && has("busy")) words = t("greeting_as_busy");
  if (occasion === "outside_hours" && has("away")) words = t("greeting_as_away");
  if (own) words = t("greeting_own", { duration: formatDuration(own.duration_ms) });
  if (saving) words = t("greeting_saving");
  if (recorder.purpose === occasion && !recorder.trouble) {
    const most = formatDuration(mine.longest * 1000);
    words = t("greeting_recording", { at: formatDuration(recorder.at * 1000), most });
  }
  return (
    <span className={styles.state} role="status">
      {words}
    </span>
  );
}

function Play({ greeting, label }: { greeting: Greeting; label: string }) {
  const { t } = useTranslation("voicemail");
  const player = usePlayer(greetings.sound(greeting), () => undefined);
  return (
    <RoundButton
      Icon={player.sounding ? PauseIcon : PlayIcon}
      label={player.sounding ? t("pause") : label}
      size="small"
      onClick={player.toggle}
    />
  );
}
