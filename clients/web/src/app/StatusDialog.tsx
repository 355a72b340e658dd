import { Button, Form } from "@vector-im/compound-web";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ownStatus, ownStatusUntil, setOwnStatus, STATUS_MAX } from "../matrix/ownPresence";
import { Dialog } from "../ui/Dialog";
import { dateLocale } from "../ui/dates";
import { toast } from "../ui/toasts";
import { LASTING, type Lasting, untilOf } from "./statusUntil";
import styles from "./StatusDialog.module.css";

/** What I say beside my presence. */
export function StatusDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(ownStatus.get);
  const [kept] = useState(ownStatusUntil.get);
  const [lasting, setLasting] = useState<Lasting>(kept === null ? "always" : "kept");
  const say = (words: string): void => {
    setOwnStatus(words, untilOf(lasting, new Date(), kept)).catch(() => toast("error", t("presence_failed")));
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
        <label className={styles.lasting}>
          {t("status_until")}
          <select value={lasting} onChange={(event) => setLasting(event.currentTarget.value as Lasting)}>
            {kept !== null && <option value="kept">{moment(kept)}</option>}
            {LASTING.map((each) => (
              <option key={each} value={each}>
                {t(`status_until_${each}`)}
              </option>
            ))}
          </select>
        </label>
      </Form.Root>
    </Dialog>
  );
}

/** A moment as it stands in the list, with its day. */
function moment(at: number): string {
  return new Intl.DateTimeFormat(dateLocale(), { dateStyle: "medium", timeStyle: "short" }).format(at);
}
