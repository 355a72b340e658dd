import AdminIcon from "@vector-im/compound-design-tokens/assets/web/icons/admin";
import ChatIcon from "@vector-im/compound-design-tokens/assets/web/icons/chat";
import ChatSolidIcon from "@vector-im/compound-design-tokens/assets/web/icons/chat-solid";
import DialPadIcon from "@vector-im/compound-design-tokens/assets/web/icons/dial-pad";
import FavouriteIcon from "@vector-im/compound-design-tokens/assets/web/icons/favourite";
import FavouriteSolidIcon from "@vector-im/compound-design-tokens/assets/web/icons/favourite-solid";
import HomeIcon from "@vector-im/compound-design-tokens/assets/web/icons/home";
import HomeSolidIcon from "@vector-im/compound-design-tokens/assets/web/icons/home-solid";
import SettingsIcon from "@vector-im/compound-design-tokens/assets/web/icons/settings";
import SettingsSolidIcon from "@vector-im/compound-design-tokens/assets/web/icons/settings-solid";
import TimeIcon from "@vector-im/compound-design-tokens/assets/web/icons/time";
import UserProfileIcon from "@vector-im/compound-design-tokens/assets/web/icons/user-profile";
import UserProfileSolidIcon from "@vector-im/compound-design-tokens/assets/web/icons/user-profile-solid";
import UserIcon from "@vector-im/compound-design-tokens/assets/web/icons/user";
import UserSolidIcon from "@vector-im/compound-design-tokens/assets/web/icons/user-solid";
import VideoIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import VideoSolidIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call-solid";
import type { ComponentType, SVGAttributes } from "react";
import { useTranslation } from "react-i18next";
import { missedCalls } from "../calls/missed";
import { unreadTotal } from "../matrix/unread";
import { isAdministrator } from "../people/roles";
import { useMe } from "../session/session";
import { useStore } from "../state/store";
import { Logo } from "../ui/Logo";
import styles from "./Rail.module.css";
import { paths, useRoute, type Section } from "../routes/routes";

type Icon = ComponentType<SVGAttributes<SVGElement>>;

interface Item {
  section: Section;
  path: string;
  Icon: Icon;
  SolidIcon: Icon;
}

const RAIL: Item[] = [
  { section: "home", path: paths.home, Icon: HomeIcon, SolidIcon: HomeSolidIcon },
  { section: "chat", path: paths.chat, Icon: ChatIcon, SolidIcon: ChatSolidIcon },
  { section: "contacts", path: paths.contacts, Icon: UserIcon, SolidIcon: UserSolidIcon },
  {
    section: "phonebook",
    path: paths.phonebook,
    Icon: UserProfileIcon,
    SolidIcon: UserProfileSolidIcon,
  },
  { section: "calls", path: paths.calls, Icon: TimeIcon, SolidIcon: TimeIcon },
  { section: "meetings", path: paths.meetings, Icon: VideoIcon, SolidIcon: VideoSolidIcon },
];

const ADMINISTRATION: Item = {
  section: "administration",
  path: paths.administration("people"),
  Icon: AdminIcon,
  SolidIcon: AdminIcon,
};

/** At the bottom of the rail. */
const FOOT: Item[] = [
  { section: "settings", path: paths.settings("account"), Icon: SettingsIcon, SolidIcon: SettingsSolidIcon },
];

const TABS: Item[] = [
  { section: "keypad", path: paths.keypad, Icon: DialPadIcon, SolidIcon: DialPadIcon },
  ...["calls", "chat"].flatMap((section) => RAIL.filter((item) => item.section === section)),
  { section: "favourites", path: paths.favourites, Icon: FavouriteIcon, SolidIcon: FavouriteSolidIcon },
  ...RAIL.filter((item) => item.section === "contacts"),
];

/** The sections at the left of the desktop layout. */
export function Rail() {
  const { t } = useTranslation();
  const foot = isAdministrator(useMe()) ? [ADMINISTRATION, ...FOOT] : FOOT;
  return (
    <nav className={styles.rail} aria-label={t("sections")}>
      <a className={styles.logo} href={`#${paths.home}`} aria-label="Unisono" tabIndex={-1}>
        <Logo size={32} />
      </a>
      <Items items={RAIL} />
      <div className={styles.foot}>
        <Items items={foot} />
      </div>
    </nav>
  );
}

/** The sections at the foot of the phone layout. */
export function Tabs() {
  const { t } = useTranslation();
  return (
    <nav className={styles.tabs} aria-label={t("sections")}>
      <Items items={TABS} />
    </nav>
  );
}

function Items({ items }: { items: Item[] }) {
  const { t } = useTranslation();
  const { section: current } = useRoute();
  const badges: Partial<Record<Section, number>> = {
    chat: useStore(unreadTotal),
    calls: useStore(missedCalls),
  };
  return (
    <ul role="list" className={styles.items}>
      {items.map(({ section, path, Icon, SolidIcon }) => {
        const active = section === current || (section === "keypad" && current === "home");
        const Shown = active ? SolidIcon : Icon;
        const badge = badges[section] ?? 0;
        return (
          <li key={section}>
            <a
              className={styles.item}
              data-section={section}
              href={`#${path}`}
              aria-current={active ? "page" : undefined}
            >
              <span className={styles.icon}>
                <Shown width={24} height={24} />
                {badge > 0 && (
                  <span className={styles.badge} aria-hidden>
                    {badge > 99 ? "99+" : badge}
                  </span>
                )}
              </span>
              <span className={styles.word}>{t(`section_${section}`)}</span>
              {badge > 0 && (
                <span className="visually-hidden">
                  {t(section === "calls" ? "missed_badge" : "unread_badge", { count: badge })}
                </span>
              )}
            </a>
          </li>
        );
      })}
    </ul>
  );
}
