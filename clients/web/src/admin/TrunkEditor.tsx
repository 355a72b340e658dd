import { Form } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { administration, type Trunk } from "../api/administration";
import { Choice } from "./Choice";
import styles from "./Admin.module.css";
import { type Editor, EditorDialog } from "./Editor";
import { trunkBodyOf, type TrunkDraft, trunkDraftOf } from "./trunkDraft";
import { TrunkSettings } from "./TrunkSettings";
import { TrunkTls } from "./TrunkTls";

interface Props extends Editor {
  /** Null for a new one. */
  trunk: Trunk | null;
}

type TextField = "name" | "host" | "port" | "username" | "password" | "caller_id";

/** Writes a line to the telephone network. */
export function TrunkEditor({ trunk, onSaved, onClose }: Props) {
  const { t } = useTranslation("admin");
  const [draft, setDraft] = useState<TrunkDraft>(() => trunkDraftOf(trunk));
  const fields: TextField[] = [
    ...(trunk ? [] : (["name"] as const)),
    "host",
    "port",
    ...(draft.kind === "register" ? (["username", "password"] as const) : []),
    "caller_id",
  ];
  const send = (): Promise<unknown> | string => {
    const body = trunkBodyOf(draft);
    if (!body) return t("port_wrong");
    return trunk
      ? administration.replaceTrunk(trunk.name, body)
      : administration.addTrunk(draft.name.trim(), body);
  };
  const title = trunk ? t("edit_title", { name: trunk.name }) : t("trunk_add");
  return (
    <EditorDialog id="trunk-editor" title={title} send={send} onSaved={onSaved} onClose={onClose}>
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
    </EditorDialog>
  );
}
