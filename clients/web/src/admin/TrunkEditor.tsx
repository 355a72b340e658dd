import { Button, Form } from "@vector-im/compound-web";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { administration, type Trunk } from "../api/administration";
import { Dialog } from "../ui/Dialog";
import { Choice } from "./Choice";
import styles from "./Admin.module.css";
import { trunkBodyOf, type TrunkDraft, trunkDraftOf } from "./trunkDraft";
import { TrunkSettings } from "./TrunkSettings";
import { TrunkTls } from "./TrunkTls";
import { refusalWords } from "./words";

interface Props {
  /** Null for a new one. */
  trunk: Trunk | null;
  onSaved: () => void;
  onClose: () => void;
}

type TextField = "name" | "host" | "port" | "username" | "password" | "caller_id";

/** Writes a line to the telephone network. */
export function TrunkEditor({ trunk, onSaved, onClose }: Props) {
  const { t } = useTranslation("admin");
  const [draft, setDraft] = useState<TrunkDraft>(() => trunkDraftOf(trunk));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const fields: TextField[] = [
    ...(trunk ? [] : (["name"] as const)),
    "host",
    "port",
    ...(draft.kind === "register" ? (["username", "password"] as const) : []),
    "caller_id",
  ];
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const body = trunkBodyOf(draft);
    if (!body) return setError(t("port_wrong"));
    setBusy(true);
    try {
      await (trunk
        ? administration.replaceTrunk(trunk.name, body)
        : administration.addTrunk(draft.name.trim(), body));
      onSaved();
      onClose();
    } catch (refusal) {
      setError(refusalWords(refusal));
      setBusy(false);
    }
  };
  const actions = (
    <>
      <Button kind="secondary" onClick={onClose}>
        {t("cancel")}
      </Button>
      <Button type="submit" form="trunk-editor" disabled={busy}>
        {t("save")}
      </Button>
    </>
  );
  const title = trunk ? t("edit_title", { name: trunk.name }) : t("trunk_add");
  return (
    <Dialog title={title} onClose={onClose} actions={actions}>
      <Form.Root id="trunk-editor" className={styles.form ?? ""} onSubmit={(event) => void save(event)}>
        <Choice
          label={t("trunk_kind")}
          values={["register", "peer"]}
          value={draft.kind}
          words={(kind) => t(`kind_${kind}`)}
          onChoose={(kind) => setDraft({ ...draft, kind })}
        />
        {fields.map((field) => (
          <Form.Field key={field} name={field}>
            <Form.Label>{t(`trunk_${field}`)}</Form.Label>
            <Form.TextControl
              type={field === "password" ? "password" : "text"}
              autoComplete="off"
              maxLength={300}
              placeholder={field === "password" && trunk?.has_password ? t("password_kept") : ""}
              value={draft[field]}
              onChange={(event) => setDraft({ ...draft, [field]: event.currentTarget.value })}
            />
          </Form.Field>
        ))}
        <Choice
          label={t("device_transport")}
          values={["udp", "tcp", "tls"]}
          value={draft.transport}
          words={(each) => each.toUpperCase()}
          onChoose={(transport) => setDraft({ ...draft, transport })}
        />
        {draft.transport === "tls" && (
          <TrunkTls settings={draft.settings} onChange={(settings) => setDraft({ ...draft, settings })} />
        )}
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={draft.enabled}
            onChange={(event) => setDraft({ ...draft, enabled: event.target.checked })}
          />
          {t("trunk_enabled")}
        </label>
        <TrunkSettings settings={draft.settings} onChange={(settings) => setDraft({ ...draft, settings })} />
      </Form.Root>
      {error !== null && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
    </Dialog>
  );
}
