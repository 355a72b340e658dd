import DeleteIcon from "@vector-im/compound-design-tokens/assets/web/icons/delete";
import { Button } from "@vector-im/compound-web";
import { useContext } from "react";
import { useTranslation } from "react-i18next";
import { KEYS, type Menu, type MenuKey } from "../../api/attendants";
import { RoundButton } from "../../ui/RoundButton";
import admin from "../Admin.module.css";
import { ActionField } from "./ActionField";
import { freeKey, freshAction, keysOf, movedKey, withKey } from "./attendantDraft";
import styles from "./Attendants.module.css";
import { AroundContext, suggested, useTargetName } from "./names";
import { PromptField } from "./PromptField";

interface Props {
  menu: Menu;
  depth: number;
  onChange: (menu: Menu) => void;
}

/** One menu: what is said, what each key does, and what becomes of whoever presses none. */
export function MenuCard({ menu, depth, onChange }: Props) {
  const { t } = useTranslation("admin/attendants");
  const { language } = useContext(AroundContext);
  const nameOf = useTargetName();
  const keys = keysOf(menu);
  const free = freeKey(menu);
  return (
    <div className={styles.menu} data-depth={depth}>
      <PromptField
        prompt={menu.prompt}
        suggest={() => suggested(menu, language, nameOf)}
        onChange={(prompt) => onChange({ ...menu, prompt })}
      />
      <ul role="list" className={styles.keys}>
        {keys.map(([key, action]) => (
          <li key={key} className={styles.key}>
            <select
              className={styles.digit}
              aria-label={t("key_of", { key })}
              value={key}
              onChange={(event) => onChange(movedKey(menu, key, event.target.value as MenuKey))}
            >
              {KEYS.filter((each) => each === key || !(each in menu.keys)).map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </select>
            <ActionField
              label={t("key", { key })}
              action={action}
              depth={depth}
              onChange={(next) => onChange(withKey(menu, key, next))}
            />
            <RoundButton
              Icon={DeleteIcon}
              label={t("remove_key", { key })}
              kind="quiet"
              size="small"
              onClick={() => onChange(withKey(menu, key, null))}
            />
          </li>
        ))}
      </ul>
      <Button
        type="button"
        kind="secondary"
        size="md"
        disabled={free === null}
        onClick={() => free && onChange(withKey(menu, free, freshAction("colleague")))}
      >
        {t("add_key")}
      </Button>
      <div className={styles.silent}>
        <span className={styles.caption}>{t(keys.length > 0 ? "silent" : "afterwards")}</span>
        <ActionField
          label={t(keys.length > 0 ? "silent" : "afterwards")}
          action={menu.otherwise}
          depth={depth}
          silent
          onChange={(next) => onChange({ ...menu, otherwise: next ?? freshAction("hang_up") })}
        />
      </div>
      {keys.length > 0 && (
        <details className={admin.further}>
          <summary>{t("timing")}</summary>
          <div className={styles.facts}>
            {(["seconds", "tries"] as const).map((field) => (
              <label key={field} className={admin.choice}>
                {t(field)}
                <input
                  type="number"
                  className={admin.input}
                  min={field === "seconds" ? 2 : 1}
                  max={field === "seconds" ? 30 : 5}
                  required
                  value={menu[field]}
                  onChange={(event) => onChange({ ...menu, [field]: event.target.valueAsNumber || 0 })}
                />
              </label>
            ))}
          </div>
        </details>
      )}
    </div>
  );
}
