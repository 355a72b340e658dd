import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { paths } from "../routes/routes";
import { AudioVideoPage } from "./AudioVideoPage";
import { AccountPage } from "./AccountPage";
import { EncryptionPage } from "./EncryptionPage";
import { DeskPhonePage } from "./DeskPhonePage";
import { BlockedPage } from "../blocking/BlockedPage";
import { LanguagePage } from "./LanguagePage";
import { PermissionsPage } from "./PermissionsPage";
import { SecurityPage } from "./SecurityPage";
import { ServicesPage } from "../services/ServicesPage";
import styles from "../ui/Settings.module.css";

const PAGES = {
  account: AccountPage,
  services: ServicesPage,
  security: SecurityPage,
  encryption: EncryptionPage,
  devices: AudioVideoPage,
  desk_phone: DeskPhonePage,
  blocked: BlockedPage,
  permissions: PermissionsPage,
  language: LanguagePage,
} as const;
type Name = keyof typeof PAGES;
const NAMES = Object.keys(PAGES) as Name[];

/** What a person decides for themselves: a list of pages, and the one that the address names. */
export function SettingsPage({ page }: { page: string }) {
  const { t } = useTranslation("account");
  const shown = NAMES.find((name) => name === page) ?? "account";
  const Page = PAGES[shown];
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the list is a strip that may be wider than the screen.
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [shown]);
  return (
    <div className={styles.settings}>
      <nav ref={nav} className={styles.pages} aria-label={t("settings")}>
        <ul role="list">
          {NAMES.map((name) => (
            <li key={name}>
              <a
                className={styles.page}
                href={`#${paths.settings(name)}`}
                aria-current={name === shown ? "page" : undefined}
              >
                {t(`page_${name}`)}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {/* A page may have nothing that takes the focus: it is scrolled by keyboard all the same. */}
      <div className={styles.scroll} role="region" aria-labelledby="settings-title" tabIndex={0}>
        <div className={styles.column}>
          <h1 id="settings-title" className={styles.title}>
            {t(`page_${shown}`)}
          </h1>
          <Page />
        </div>
      </div>
    </div>
  );
}
