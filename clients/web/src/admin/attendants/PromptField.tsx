import AttachmentIcon from "@vector-im/compound-design-tokens/assets/web/icons/attachment";
import DeleteIcon from "@vector-im/compound-design-tokens/assets/web/icons/delete";
import MicIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-on";
import PlayIcon from "@vector-im/compound-design-tokens/assets/web/icons/play-solid";
import StopIcon from "@vector-im/compound-design-tokens/assets/web/icons/stop-solid";
import PhoneIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-solid";
import { Button } from "@vector-im/compound-web";
import { useContext, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { attendantsApi, type Prompt } from "../../api/attendants";
import { formatDuration } from "../../calls/duration";
import { troubleWords } from "../../devices/words";
import { RoundButton } from "../../ui/RoundButton";
import { toast } from "../../ui/toasts";
import { useRecorder } from "../../voicemail/useRecorder";
import admin from "../Admin.module.css";
import { PromptPlayer } from "../prompts/PromptPlayer";
import { usePhoneRecording } from "../prompts/usePhoneRecording";
import { refusalWords } from "../words";
import styles from "./Attendants.module.css";
import { AroundContext } from "./names";

interface Props {
  prompt: Prompt;
  /** Words made of what the keys do. */
  suggest: () => string;
  onChange: (prompt: Prompt) => void;
}

const LONGEST = 60;

/** What callers hear: a text that is spoken, or a recording from a file or the microphone. */
export function PromptField({ prompt, suggest, onChange }: Props) {
  const { t } = useTranslation("admin/attendants");
  const { t: device } = useTranslation("devices");
  const { language } = useContext(AroundContext);
  const { t: byPhone } = useTranslation("admin/prompts");
  const [busy, setBusy] = useState(false);
  const [last, setLast] = useState<{ sound: string; seconds: number } | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const told = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      toast("error", refusalWords(error));
    } finally {
      setBusy(false);
    }
  };
  const use = (kept: { sound: string; seconds: number }): void => {
    setLast(kept);
    onChange({ ...prompt, sound: kept.sound, own: true });
  };
  const keep = (sound: Blob): void =>
    void told(async () => {
      use(await attendantsApi.record(sound));
    });
  const recorder = useRecorder<"prompt">(LONGEST, (_, sound) => keep(sound));
  const hear = (): void =>
    void told(async () => {
      const kept = prompt.sound ?? (await attendantsApi.speak(prompt.text, language)).sound;
      await new Audio(attendantsApi.sound(kept)).play();
    });
  const recording = recorder.purpose !== null;
  const phone = usePhoneRecording((sound, seconds) => use({ sound, seconds }));
  return (
    <div className={styles.prompt}>
      <label className={admin.choice}>
        {t("says")}
        <textarea
          className={styles.text}
          rows={3}
          maxLength={1000}
          value={prompt.text}
          placeholder={t("says_example")}
          onChange={(event) =>
            onChange({ ...prompt, text: event.target.value, ...(prompt.own ? {} : { sound: null }) })
          }
        />
      </label>
      <div className={styles.tools}>
        <RoundButton
          Icon={PlayIcon}
          label={t("hear")}
          kind="quiet"
          size="small"
          disabled={busy || (prompt.sound === null && prompt.text.trim() === "")}
          onClick={hear}
        />
        {typeof MediaRecorder !== "undefined" && (
          <RoundButton
            Icon={recording ? StopIcon : MicIcon}
            label={t(recording ? "record_stop" : "record")}
            kind={recording ? "end" : "quiet"}
            size="small"
            disabled={busy || phone.going}
            onClick={() => (recording ? recorder.stop() : recorder.start("prompt"))}
          />
        )}
        <RoundButton
          Icon={PhoneIcon}
          label={byPhone("by_phone")}
          kind="quiet"
          size="small"
          disabled={busy || recording || phone.going}
          onClick={phone.begin}
        />
        <RoundButton
          Icon={AttachmentIcon}
          label={t("upload")}
          kind="quiet"
          size="small"
          disabled={busy || recording || phone.going}
          onClick={() => input.current?.click()}
        />
        {prompt.own && (
          <RoundButton
            Icon={DeleteIcon}
            label={t("speak_again")}
            kind="quiet"
            size="small"
            onClick={() => onChange({ ...prompt, sound: null, own: false })}
          />
        )}
        <Button
          type="button"
          kind="tertiary"
          size="md"
          onClick={() => onChange({ text: suggest(), sound: null, own: false })}
        >
          {t("suggest")}
        </Button>
      </div>
      <p className={admin.about} role="status">
        {recording
          ? t("recording", { at: formatDuration(recorder.at) })
          : t(prompt.own ? "is_recording" : "is_spoken")}
      </p>
      {phone.words && (
        <p className={phone.failed ? admin.error : admin.about} role={phone.failed ? "alert" : "status"}>
          {phone.words}
        </p>
      )}
      {prompt.own && last !== null && last.sound === prompt.sound && (
        <PromptPlayer address={attendantsApi.sound(last.sound)} seconds={last.seconds} />
      )}
      {recorder.trouble && (
        <p className={admin.error} role="alert">
          {device(troubleWords("microphone", recorder.trouble))}
        </p>
      )}
      <input
        ref={input}
        type="file"
        accept="audio/*"
        hidden
        aria-label={t("upload")}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) keep(file);
          event.target.value = "";
        }}
      />
    </div>
  );
}
