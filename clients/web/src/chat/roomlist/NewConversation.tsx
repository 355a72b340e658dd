import { Button, Form } from "@vector-im/compound-web";
import GroupIcon from "@vector-im/compound-design-tokens/assets/web/icons/group";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { Person } from "../../api/types";
import { Dialog } from "../../ui/Dialog";
import { navigate, paths } from "../../routes/routes";
import { toast } from "../../ui/toasts";
import { useMatrixClient } from "../../matrix/connection";
import { createGroup } from "../../matrix/live/actions";
import { useMe } from "../../session/session";
import { EncryptionTerms } from "../room/Encrypt";
import styles from "./NewConversation.module.css";
import { PeoplePicker } from "./PeoplePicker";

/** Behind the "+": one tap on a colleague opens the direct room; or a group with a name. */
export function NewConversation({ onClose }: { onClose: () => void }) {
  const [group, setGroup] = useState(false);
  return group ? (
    <NewGroup onClose={onClose} />
  ) : (
    <NewDirect onClose={onClose} onGroup={() => setGroup(true)} />
  );
}

function NewDirect({ onClose, onGroup }: { onClose: () => void; onGroup: () => void }) {
  const { t } = useTranslation("chat");
  const me = useMe();
  const [opening, setOpening] = useState(false);
  const open = async ({ user_id: userId }: Person): Promise<void> => {
    setOpening(true);
    try {
      const { room_id: roomId } = await api.directRoom(userId);
      onClose();
      navigate(paths.room(roomId));
    } catch {
      setOpening(false);
      toast("error", t("direct_failed"));
    }
  };
  return (
    <Dialog title={t("new_title")} onClose={onClose}>
      <button type="button" className={styles.group} onClick={onGroup}>
        <span className={styles.groupIcon}>
          <GroupIcon width={20} height={20} />
        </span>
        <span className={styles.words}>
          <strong>{t("new_group")}</strong>
          <span>{t("new_group_hint")}</span>
        </span>
      </button>
      <PeoplePicker
        except={new Set([me.user_id])}
        onPick={(person) => void open(person)}
        disabled={opening}
      />
    </Dialog>
  );
}

function NewGroup({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("chat");
  const me = useMe();
  const client = useMatrixClient();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [encrypted, setEncrypted] = useState(false);
  const [creating, setCreating] = useState(false);
  const create = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!client || !name.trim()) return;
    setCreating(true);
    try {
      const roomId = await createGroup(client, name.trim(), [...chosen], encrypted);
      onClose();
      navigate(paths.room(roomId));
    } catch {
      setCreating(false);
      toast("error", t("group_failed"));
    }
  };
  const actions = (
    <Button
      type="submit"
      form="new-group"
      disabled={!client || creating || chosen.size === 0 || !name.trim()}
    >
      {creating ? t("group_creating") : t("group_create")}
    </Button>
  );
  return (
    <Dialog title={t("new_group")} onClose={onClose} actions={actions}>
      <Form.Root id="new-group" onSubmit={(event) => void create(event)}>
        <Form.Field name="name">
          <Form.Label>{t("group_name")}</Form.Label>
          <Form.TextControl
            autoFocus
            required
            maxLength={120}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Form.ErrorMessage match="valueMissing">{t("group_name_missing")}</Form.ErrorMessage>
        </Form.Field>
        <Form.InlineField
          name="encrypted"
          control={
            <Form.CheckboxControl
              checked={encrypted}
              onChange={(event) => setEncrypted(event.target.checked)}
            />
          }
        >
          <Form.Label>{t("group_encrypted")}</Form.Label>
        </Form.InlineField>
      </Form.Root>
      {encrypted && <EncryptionTerms direct={false} />}
      <p className={styles.peopleLabel}>
        {t("group_people")}
        {chosen.size > 0 && <span>{t("chosen", { count: chosen.size })}</span>}
      </p>
      <PeoplePicker
        except={new Set([me.user_id])}
        chosen={chosen}
        onPick={({ user_id: userId }) => setChosen(toggled(chosen, userId))}
      />
    </Dialog>
  );
}

export function toggled(set: ReadonlySet<string>, value: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}
