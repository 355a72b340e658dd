import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { type PromptRecording, promptsApi } from "../../api/prompts";
import { refusalWords } from "../words";
import { goesOn, progressOf } from "./progress";

/** How often it is asked how far it is, in ms. */
const LOOK_MS = 1_000;

export interface PhoneRecording {
  begin: () => void;
  going: boolean;
  /** How far it is, or why it did not come to anything. */
  words: string | null;
  failed: boolean;
}

/** Records a prompt by one of my telephones; `onSound` is told what was said once it is kept. */
export function usePhoneRecording(onSound: (sound: string, seconds: number) => void): PhoneRecording {
  const { t } = useTranslation("admin/prompts");
  const [recording, setRecording] = useState<PromptRecording | null>(null);
  const [begins, setBegins] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const told = useRef(onSound);
  useEffect(() => {
    told.current = onSound;
  });
  useEffect(() => {
    if (!recording || !goesOn(recording)) return;
    let wanted = true;
    const timer = setTimeout(() => {
      const look = promptsApi.look(recording.id);
      look.then(
        (next) => {
          if (!wanted) return;
          // What was seen to ring stays when the house has forgotten it.
          const devices = next.devices.length > 0 ? next.devices : recording.devices;
          setRecording({ ...next, devices });
          const { sound, seconds } = next;
          if (!goesOn(next) && sound !== null && seconds !== null) told.current(sound, seconds);
        },
        (error: unknown) => {
          if (!wanted) return;
          // The network may be away for a while: the call goes on without this page.
          const gone = error instanceof ApiError && error.code === "call_not_found";
          setRecording({ ...recording, over: gone || recording.over, step: gone ? null : recording.step });
        },
      );
    }, LOOK_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [recording]);
  const begin = async (): Promise<void> => {
    setBegins(true);
    setRefused(null);
    setRecording(null);
    try {
      setRecording(await promptsApi.begin());
    } catch (error) {
      const away = error instanceof ApiError && error.code === "not_possible_now";
      setRefused(away ? t("not_now") : refusalWords(error));
    }
    setBegins(false);
  };
  const progress = recording && progressOf(recording);
  const good = recording?.sound != null || progress === "left";
  return {
    begin: () => void begin(),
    going: begins || (recording !== null && goesOn(recording)),
    words: refused ?? (begins ? t("begins") : progress && t(progress)),
    failed: refused !== null || (recording !== null && !goesOn(recording) && !good),
  };
}
