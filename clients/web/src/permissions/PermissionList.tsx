import CheckIcon from "@vector-im/compound-design-tokens/assets/web/icons/check-circle-solid";
import ErrorIcon from "@vector-im/compound-design-tokens/assets/web/icons/error";
import MicIcon from "@vector-im/compound-design-tokens/assets/web/icons/mic-on";
import NotificationsIcon from "@vector-im/compound-design-tokens/assets/web/icons/notifications";
import VideoIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import { useTranslation } from "react-i18next";
import { useStore } from "../state/store";
import styles from "./Banner.module.css";
import { grants, type Grant, type Kind } from "./devices";

const ICONS = { microphone: MicIcon, camera: VideoIcon, notifications: NotificationsIcon };

/** Each thing with its state in words: what it is for, or what does not work without it and how to mend that. */
export function PermissionList({ kinds }: { kinds: readonly Kind[] }) {
  const { t } = useTranslation("permissions");
  const known = useStore(grants);
  const words = (kind: Kind, grant: Grant): string => {
    if (grant === "granted") return t("granted");
    if (grant === "denied") return `${t(`without_${kind}`)} ${t("unblock")}`;
    if (grant === "missing") return `${t(`without_${kind}`)} ${t(`missing_${kind}`)}`;
    return t(`without_${kind}`);
  };
  return (
    <ul role="list" className={styles.list}>
      {kinds.map((kind) => {
        const grant = known[kind];
        const Icon = ICONS[kind];
        return (
          <li key={kind} className={styles.item} data-grant={grant}>
            {grant === "granted" ? (
              <CheckIcon className={styles.icon} width={20} height={20} aria-hidden />
            ) : grant === "denied" || grant === "missing" ? (
              <ErrorIcon className={styles.icon} width={20} height={20} aria-hidden />
            ) : (
              <Icon className={styles.icon} width={20} height={20} aria-hidden />
            )}
            <span>
              <b>{t(kind)}</b> {words(kind, grant)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
