import { Button, Form } from "@vector-im/compound-web";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ownStatus, setOwnStatus, STATUS_MAX } from "../matrix/ownPresence";
import { Dialog } from "../ui/Dialog";
import { toast } from "../ui/toasts";

/** What I say beside my presence. */
export function StatusDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(ownStatus.get);
  const say = (words: string): void => {
    setOwnStatus(words).catch(() => toast("error", t("presence_failed")));
    onClose();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    say(text);
  };
  const actions = (
    <>
      <Button kind="secondary" disabled={!ownStatus.get()} onClick={() => say("")}>
        {t("status_clear")}
      </Button>
      <Button type="submit" form="own-status">
        {t("status_set")}
      </Button>
    </>
  );
  return (
    <Dialog title={t("status_title")} onClose={onClose} actions={actions}>
      <Form.Root id="own-status" onSubmit={submit}>
        <Form.Field name="status">
          <Form.Label>{t("status_label")}</Form.Label>
          <Form.TextControl
            autoFocus
            maxLength={STATUS_MAX}
            placeholder={t("status_placeholder")}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Form.Field>
      </Form.Root>
    </Dialog>
  );
}
