import BlockIcon from "@vector-im/compound-design-tokens/assets/web/icons/block";
import BlurIcon from "@vector-im/compound-design-tokens/assets/web/icons/user-profile";
import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { EffectChoice } from "../session/types";
import styles from "./EffectPicker.module.css";
import { PICTURES } from "./pictures";
import { effectsPossible } from "./support";

interface Props {
  value: EffectChoice;
  onChoose: (effect: EffectChoice) => void;
  disabled?: boolean;
}

const BLURS = ["light", "strong"] as const;

/** Chooses what is seen behind a person. Nothing is loaded before something is chosen. */
export function EffectPicker({ value, onChoose, disabled = false }: Props) {
  const { t } = useTranslation("meetings/effects");
  const [possible] = useState(effectsPossible);
  const name = useId();
  if (!possible) return <p className={styles.impossible}>{t("impossible")}</p>;
  const tile = (effect: EffectChoice, words: string, content: ReactNode) => (
    <label key={words} className={styles.tile}>
      <input
        type="radio"
        name={name}
        checked={same(effect, value)}
        disabled={disabled}
        onChange={() => onChoose(effect)}
      />
      <span className={styles.face}>{content}</span>
      <span className={styles.words}>{words}</span>
    </label>
  );
  return (
    <fieldset className={styles.picker}>
      <legend>{t("background")}</legend>
      <div className={styles.tiles}>
        {tile({ kind: "none" }, t("none"), <BlockIcon width={22} height={22} aria-hidden />)}
        {BLURS.map((strength) =>
          tile(
            { kind: "blur", strength },
            t(`blur_${strength}`),
            <BlurIcon className={styles.blur} data-strength={strength} width={28} height={28} aria-hidden />,
          ),
        )}
        {PICTURES.map(({ id, address }) =>
          tile({ kind: "picture", id }, t(`picture_${id}`), <img src={address} alt="" />),
        )}
      </div>
    </fieldset>
  );
}

function same(one: EffectChoice, other: EffectChoice): boolean {
  if (one.kind === "blur") return other.kind === "blur" && other.strength === one.strength;
  if (one.kind === "picture") return other.kind === "picture" && other.id === one.id;
  return other.kind === "none";
}
