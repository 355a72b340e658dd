import { Button } from "@vector-im/compound-web";
import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  ANNOUNCEMENT_LANGUAGES,
  type AnnouncementLanguage,
  type RecordingRules,
  type RecordingSettings,
  recordingsApi,
} from "../../api/recordings";
import { attendantsApi } from "../../api/attendants";
import { ApiError } from "../../api/client";
import { SoundPlayer } from "../../sounds/SoundPlayer";
import styles from "../Admin.module.css";
import { PromptPlayer } from "../prompts/PromptPlayer";
import { usePhoneRecording } from "../prompts/usePhoneRecording";
import own from "./RecordingRules.module.css";

interface Props {
  settings: RecordingSettings;
  onChange: (asked: Promise<RecordingRules>) => void;
}

/** What whoever is outside hears before a recording: written, and spoken by the house, or a sound. */
export function Announcements({ settings, onChange }: Props) {
  const { t } = useTranslation("admin/recordings");
  return (
    <fieldset className={styles.group}>
      <legend>{t("announcement")}</legend>
      <p className={styles.about}>{t("announcement_hint")}</p>
      <div className={own.choices}>
        {ANNOUNCEMENT_LANGUAGES.map((language) => (
          <Announcement
            key={`${language} ${settings.announcements[language]?.id ?? ""}`}
            language={language}
            known={settings.announcements[language]}
            onChange={onChange}
          />
        ))}
      </div>
    </fieldset>
  );
}

interface AnnouncementProps {
  language: AnnouncementLanguage;
  known: RecordingSettings["announcements"][AnnouncementLanguage];
  onChange: Props["onChange"];
}

function Announcement({ language, known, onChange }: AnnouncementProps) {
  const { t } = useTranslation("admin/recordings");
  const id = useId();
  const file = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(known?.text ?? "");
  const name = t(`language_${language}`);
  const { t: byPhone } = useTranslation("admin/prompts");
  const [said, setSaid] = useState<{ sound: string; seconds: number } | null>(null);
  const announce = async (sound: string): Promise<RecordingRules> => {
    const answer = await fetch(attendantsApi.sound(sound));
    if (!answer.ok) throw new ApiError("unknown_sound", answer.status, answer.statusText);
    return recordingsApi.announceBy(language, await answer.blob());
  };
  // Nobody hears it before it is saved: its speaker may not have confirmed it.
  const phone = usePhoneRecording((sound, seconds) => setSaid({ sound, seconds }));
  const words = {
    play: t("announcement_play", { name }),
    pause: t("announcement_pause"),
    position: t("announcement_position"),
    failed: t("announcement_failed"),
    speed: (speed: string) => t("announcement_speed", { speed }),
  };
  return (
    <div className={own.announcement}>
      <label htmlFor={id}>{name}</label>
      <textarea
        id={id}
        className={styles.input}
        rows={2}
        maxLength={300}
        placeholder={t(`own_words_${language}`)}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className={styles.buttons}>
        <Button
          type="button"
          kind="secondary"
          size="md"
          disabled={text.trim() === (known?.text ?? "")}
          aria-label={t("announcement_save", { name })}
          onClick={() => onChange(recordingsApi.announce(language, text))}
        >
          {t("save")}
        </Button>
        <Button type="button" kind="tertiary" size="md" onClick={() => file.current?.click()}>
          {t("announcement_upload")}
        </Button>
        <Button type="button" kind="tertiary" size="md" disabled={phone.going} onClick={phone.begin}>
          {byPhone("by_phone")}
        </Button>
        {known && (
          <Button
            type="button"
            kind="tertiary"
            size="md"
            onClick={() => onChange(recordingsApi.announce(language, ""))}
          >
            {t("announcement_ours")}
          </Button>
        )}
        <input
          ref={file}
          type="file"
          accept="audio/*,video/*"
          hidden
          aria-label={t("announcement_file", { name })}
          onChange={({ target }) => {
            const [chosen] = target.files ?? [];
            if (chosen) onChange(recordingsApi.announceBy(language, chosen));
            target.value = "";
          }}
        />
      </div>
      {phone.words && (
        <p className={phone.failed ? styles.error : styles.about} role={phone.failed ? "alert" : "status"}>
          {phone.words}
        </p>
      )}
      {said !== null && (
        <>
          <PromptPlayer address={attendantsApi.sound(said.sound)} seconds={said.seconds} />
          <div className={styles.buttons}>
            <Button type="button" kind="secondary" size="md" onClick={() => onChange(announce(said.sound))}>
              {t("announcement_use", { name })}
            </Button>
          </div>
        </>
      )}
      {known && (
        <SoundPlayer
          address={recordingsApi.announcement(known.id)}
          duration={known.seconds * 1000}
          words={words}
        />
      )}
    </div>
  );
}
