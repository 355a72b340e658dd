import { Button } from "@vector-im/compound-web";
import CopyIcon from "@vector-im/compound-design-tokens/assets/web/icons/copy";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { NewDevice, PhoneSettings } from "../api/administration";
import { Dialog } from "../ui/Dialog";
import { toast } from "../ui/toasts";
import styles from "./Admin.module.css";

/** The password of an extension's phones, seen once: to be typed, scanned, or taken as a phone's own file. */
export function DeviceDialog({ device, onClose }: { device: NewDevice; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const [phone, setPhone] = useState(device.settings[0]?.phone ?? "");
  const settings = device.settings.find((each) => each.phone === phone);
  const facts = [
    [t("device_user"), device.extension],
    [t("device_domain"), device.domain],
    [t("device_server"), `${device.server}:${device.port}`],
    [t("device_transport"), device.transport.toUpperCase()],
  ] as const;
  return (
    <Dialog
      title={t("device_title", { extension: device.extension })}
      onClose={onClose}
      actions={<Button onClick={onClose}>{t("device_done")}</Button>}
    >
      <div className={styles.device}>
        <p className={styles.once}>{t("device_once")}</p>
        <div className={styles.secretRow}>
          <code className={styles.secret} data-testid="sip-password">
            {device.sip_password}
          </code>
          <CopyButton text={device.sip_password} label={t("copy_password")} />
        </div>
        <dl className={styles.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <figure className={styles.qr}>
          <img
            src={`data:image/svg+xml,${encodeURIComponent(device.qr_svg)}`}
            alt={t("device_qr")}
            width={184}
            height={184}
          />
          <figcaption className={styles.about}>{t("device_qr_hint")}</figcaption>
        </figure>
        {settings && (
          <div className={styles.settings}>
            <label>
              {t("device_settings")}
              <select
                className={styles.input}
                value={phone}
                onChange={(event) => setPhone(event.target.value)}
              >
                {device.settings.map((each) => (
                  <option key={each.phone} value={each.phone}>
                    {each.phone}
                  </option>
                ))}
              </select>
            </label>
            <textarea
              readOnly
              rows={5}
              className={styles.text}
              aria-label={t("device_settings_of", { phone })}
              value={settings.text}
            />
            <div className={styles.buttons}>
              <CopyButton text={settings.text} label={t("copy_settings")} words />
              {settings.file !== null && (
                <Button kind="secondary" size="md" onClick={() => save(settings)}>
                  {t("save_file", { file: settings.file })}
                </Button>
              )}
            </div>
          </div>
        )}
      </div>
    </Dialog>
  );
}

function CopyButton({ text, label, words = false }: { text: string; label: string; words?: boolean }) {
  const { t } = useTranslation("admin");
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => toast("success", t("copied")),
      () => toast("error", t("copy_failed")),
    );
  };
  return (
    <Button kind="secondary" size="md" Icon={CopyIcon} aria-label={label} onClick={copy}>
      {words ? label : t("copy")}
    </Button>
  );
}

function save({ file, text }: PhoneSettings): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = file ?? "";
  link.click();
  URL.revokeObjectURL(url);
}
