import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ParticipantSnapshot } from "../session/types";
import { newsBetween } from "./news";

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
