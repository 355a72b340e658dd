import { Button } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { starCodes, type StarCodes as Codes } from "../../api/starCodes";
import { toast } from "../../ui/toasts";
import { useLoaded } from "../../ui/useLoaded";
import { Waiting } from "../../ui/Waiting";
import styles from "../Admin.module.css";
import { refusalWords } from "../words";
import own from "./Services.module.css";
import { changedCodes, CODES, type CodeName, isPair } from "./codes";

/** What desk phones dial for what. */
export function StarCodes() {
  const { t } = useTranslation("admin/services");
  const loaded = useLoaded(starCodes.all);
  const { value } = loaded;
  return (
    <fieldset className={styles.group}>
      <legend>{t("codes")}</legend>
      <p className={styles.about}>{t("codes_hint")}</p>
      {value ? (
        <Fields
          key={JSON.stringify(value.codes)}
          value={value}
          onSaved={(codes) => loaded.set(() => codes)}
        />
      ) : (
        <Waiting loaded={loaded} />
      )}
    </fieldset>
  );
}

interface FieldsProps {
  value: Codes;
  onSaved: (codes: Codes) => void;
}

function Fields({ value, onSaved }: FieldsProps) {
  const { t } = useTranslation("admin/services");
  const [draft, setDraft] = useState(value.codes);
  const [saving, setSaving] = useState(false);
  const changed = changedCodes(draft, value.codes);
  const save = async (): Promise<void> => {
    setSaving(true);
    try {
      onSaved(await starCodes.choose(changed));
      toast("info", t("codes_saved"));
    } catch (refusal) {
      toast("error", words(refusal));
    } finally {
      setSaving(false);
    }
  };
  const words = (refusal: unknown): string => {
    const code = refusal instanceof ApiError ? refusal.code : "";
    if (code === "codes_clash") return t("codes_clash");
    return code === "invalid_code" ? t("codes_invalid") : refusalWords(refusal);
  };
  return (
    <form
      className={own.choices}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className={own.codes}>
        {CODES.map((name) => (
          <Code
            key={name}
            name={name}
            value={draft[name] ?? ""}
            onChange={(code) => setDraft((before) => ({ ...before, [name]: code }))}
          />
        ))}
      </div>
      <div className={own.actions}>
        <Button type="submit" size="md" disabled={saving || Object.keys(changed).length === 0}>
          {t("codes_save")}
        </Button>
        <Button type="button" kind="tertiary" size="md" onClick={() => setDraft(value.configured)}>
          {t("codes_configured")}
        </Button>
      </div>
    </form>
  );
}

interface CodeProps {
  name: CodeName;
  value: string;
  onChange: (code: string) => void;
}

function Code({ name, value, onChange }: CodeProps) {
  const { t } = useTranslation("admin/services");
  return (
    <label className={own.code}>
      <span>{t(`code_${name}`)}</span>
      <span className={own.dialled}>
        {isPair(name) && <span aria-hidden="true">* #</span>}
        <input
          className={own.input}
          inputMode="tel"
          maxLength={6}
          spellCheck={false}
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      </span>
    </label>
  );
}
