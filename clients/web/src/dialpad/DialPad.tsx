import BackspaceIcon from "@vector-im/compound-design-tokens/assets/web/icons/backspace";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-solid";
import { type ClipboardEvent, type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { dial } from "../calls/place";
import { tones } from "../calls/tones";
import styles from "./DialPad.module.css";
import { ForWhom } from "./ForWhom";
import { Keys } from "../ui/Keys";
import { cleanDialled } from "../numbers/number";
import { numberFromOutside } from "../calls/telLinks";

interface Props {
  size?: "regular" | "large";
  autoFocus?: boolean;
  /** The call was placed. */
  onPlaced?: () => void;
}

/** Types, pastes and calls a number; a physical keyboard works in the field. */
export function DialPad({ size = "regular", autoFocus = false, onPlaced }: Props) {
  const { t } = useTranslation("dialpad");
  const field = useRef<HTMLInputElement>(null);
  const [number, setNumber] = useState(numberFromOutside.get);
  const [placing, setPlacing] = useState(false);
  // Said for each call anew: what was meant for one is not said of the next.
  const [forWhom, setForWhom] = useState("");
  useEffect(
    () => numberFromOutside.subscribe(() => setNumber((before) => numberFromOutside.get() || before)),
    [],
  );

  const append = (key: string): void => {
    tones.key(key);
    setNumber((before) => before + key);
  };
  const onPaste = (event: ClipboardEvent<HTMLInputElement>): void => {
    const { selectionStart, selectionEnd } = event.currentTarget;
    const pasted = cleanDialled(event.clipboardData.getData("text"));
    event.preventDefault();
    const [from, to] = [selectionStart ?? number.length, selectionEnd ?? number.length];
    setNumber(number.slice(0, from) + pasted.trimEnd() + number.slice(to));
  };
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (!number.trim() || placing) return;
    setPlacing(true);
    numberFromOutside.set("");
    const typed = number.trim();
    void (forWhom === "" ? dial(typed) : dial(typed, false, forWhom)).then((placed) => {
      setPlacing(false);
      if (!placed) return;
      setNumber("");
      setForWhom("");
      onPlaced?.();
    });
  };
  return (
    <form className={styles.pad} data-size={size} onSubmit={onSubmit} data-testid="dial-pad">
      <div className={styles.display}>
        <input
          ref={field}
          className={styles.number}
          aria-label={t("number")}
          placeholder={t("number_hint")}
          type="tel"
          inputMode="tel"
          autoComplete="off"
          // A dial pad that was opened on purpose is there to be typed into.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus={autoFocus}
          value={number}
          onChange={(event) => setNumber(cleanDialled(event.target.value))}
          onPaste={onPaste}
        />
        <button
          type="button"
          className={styles.backspace}
          aria-label={t("backspace")}
          hidden={number === ""}
          onClick={() => setNumber(number.slice(0, -1))}
        >
          <BackspaceIcon width={24} height={24} />
        </button>
      </div>
      <ForWhom value={forWhom} onChange={setForWhom} />
      <Keys onKey={append} onLongZero={() => append("+")} />
      <button type="submit" className={styles.call} disabled={!number.trim() || placing} aria-busy={placing}>
        <VoiceCallIcon width={24} height={24} aria-hidden />
        <span>{t("call")}</span>
      </button>
    </form>
  );
}
