import { IconButton } from "@vector-im/compound-web";
import CheckIcon from "@vector-im/compound-design-tokens/assets/web/icons/check-circle-solid";
import CloseIcon from "@vector-im/compound-design-tokens/assets/web/icons/close";
import ErrorIcon from "@vector-im/compound-design-tokens/assets/web/icons/error-solid";
import InfoIcon from "@vector-im/compound-design-tokens/assets/web/icons/info-solid";
import { useTranslation } from "react-i18next";
import { useStore } from "../state/store";
import { OnTop } from "./OnTop";
import styles from "./Toasts.module.css";
import { dismissToast, toasts } from "./toasts";

const ICONS = { info: InfoIcon, success: CheckIcon, error: ErrorIcon };

export function Toasts() {
  const { t } = useTranslation();
  const shown = useStore(toasts);
  return (
    <OnTop>
      <div className={styles.toasts} role="status" aria-live="polite">
        {shown.map((message) => {
          const Icon = ICONS[message.kind];
          return (
            <div key={message.id} className={styles.toast} data-kind={message.kind}>
              <Icon className={styles.icon} width={20} height={20} />
              <span className={styles.text}>{message.text}</span>
              {message.action && (
                <button
                  type="button"
                  className={styles.action}
                  onClick={() => {
                    message.action?.run();
                    dismissToast(message.id);
                  }}
                >
                  {message.action.label}
                </button>
              )}
              <IconButton size="28px" aria-label={t("dismiss")} onClick={() => dismissToast(message.id)}>
                <CloseIcon />
              </IconButton>
            </div>
          );
        })}
      </div>
    </OnTop>
  );
}
