import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ParticipantSnapshot, RecordingState } from "../session/types";
import { newsBetween } from "./news";

/** Tells screen readers that the meeting is recorded, also to who comes later, and that it is no more. */
export function RecordingNews({ recording }: { recording: RecordingState | null }) {
  const { t } = useTranslation("meetings/room");
  const [words, setWords] = useState("");
  const before = useRef<RecordingState | null>(null);
  const tell = useEffectEvent(() => {
    if (recording !== before.current) setWords(t(`news_recording_${recording ?? "over"}`));
    before.current = recording;
  });
  useEffect(() => tell(), [recording]);
  return (
    <div className="visually-hidden" role="log" aria-live="polite" data-testid="recording-news">
      {words}
    </div>
  );
}

/** Tells screen readers who comes and goes, raises a hand or shares a screen. */
export function Announcer({ people }: { people: readonly ParticipantSnapshot[] }) {
  const { t } = useTranslation("meetings/room");
  const [words, setWords] = useState("");
  const before = useRef<readonly ParticipantSnapshot[]>([]);
  const tell = useEffectEvent(() => {
    const news = newsBetween(before.current, people);
    before.current = people;
    if (news.length > 0) setWords(news.map(({ kind, name }) => t(`news_${kind}`, { name })).join(". "));
  });
  useEffect(() => tell(), [people]);
  return (
    <div className="visually-hidden" role="log" aria-live="polite">
      {words}
    </div>
  );
}
