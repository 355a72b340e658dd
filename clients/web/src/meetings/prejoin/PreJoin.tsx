import { Button } from "@vector-im/compound-web";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { DeviceSelect } from "../../devices/DeviceSelect";
import { TestTone } from "../../devices/TestTone";
import { EffectPicker } from "../effects/EffectPicker";
import type { JoinChoices } from "../session/types";
import { RecordedNote } from "./RecordedNote";
import { EncryptionChoice } from "./EncryptionChoice";
import styles from "./PreJoin.module.css";
import { PreviewTile } from "./PreviewTile";
import { TroubleNotes } from "./TroubleNotes";
import { useGreenRoom } from "./useGreenRoom";

interface Props {
  title: string;
  /** The meeting is encrypted already: who joins must be, too. */
  encrypted: boolean;
  /** It is recorded now, and so is who joins. */
  recorded?: boolean;
  /** Keys can be exchanged from here. */
  canEncrypt: boolean;
  /** On the way in. */
  busy: boolean;
  /** Why the last try to join failed, in words. */
  trouble: string | null;
  onJoin: (choices: JoinChoices) => void;
  onBack: () => void;
}

/** The room before the meeting: how one looks and sounds, and what others will see. */
export function PreJoin({
  title,
  encrypted,
  recorded = false,
  canEncrypt,
  busy,
  trouble,
  onJoin,
  onBack,
}: Props) {
  const { t } = useTranslation("meetings/prejoin");
  const [extra, setExtra] = useState(false);
  const [left, setLeft] = useJoining(busy, trouble);
  const room = useGreenRoom(left);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const locked = encrypted && !canEncrypt;
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (left || locked) return;
    const choices = room.choices(encrypted || (canEncrypt && extra));
    setLeft();
    onJoin(choices);
  };
  return (
    <div className={styles.scroll}>
      <form className={styles.room} onSubmit={onSubmit} data-testid="prejoin">
        <header className={styles.head}>
          <h1 ref={heading} tabIndex={-1} className={styles.title}>
            {title}
          </h1>
          <p className={styles.lead}>{t(left ? "joining" : "ready")}</p>
          <RecordedNote recorded={recorded} />
        </header>
        <div className={styles.stage}>
          <PreviewTile room={room} paused={left} />
          <TroubleNotes room={room} />
        </div>
        <div className={styles.side}>
          <fieldset className={styles.devices}>
            <legend className="visually-hidden">{t("devices")}</legend>
            <DeviceSelect kind="microphone" />
            <DeviceSelect kind="camera" />
            <DeviceSelect kind="speaker" />
            <TestTone />
          </fieldset>
          <EncryptionChoice
            encrypted={encrypted}
            canEncrypt={canEncrypt}
            value={extra}
            disabled={left}
            onChange={setExtra}
          />
        </div>
        <div className={styles.effects}>
          <EffectPicker value={room.effect} disabled={left} onChoose={room.setEffect} />
        </div>
        <div className={styles.actions}>
          <div role="alert" className={styles.trouble}>
            {trouble && !left && <p>{trouble}</p>}
          </div>
          <Button kind="tertiary" size="lg" type="button" onClick={onBack}>
            {t("back")}
          </Button>
          <Button size="lg" type="submit" disabled={left || locked}>
            {t(left ? "joining" : "join")}
          </Button>
        </div>
      </form>
    </div>
  );
}

/** From the press on "join" until that has failed: then the preview opens again. */
function useJoining(busy: boolean, trouble: string | null): [boolean, () => void] {
  const [pressed, setPressed] = useState(false);
  const [seen, setSeen] = useState({ busy, trouble });
  if (seen.busy !== busy || seen.trouble !== trouble) {
    setSeen({ busy, trouble });
    if (!busy && trouble !== null) setPressed(false);
  }
  return [busy || pressed, () => setPressed(true)];
}
