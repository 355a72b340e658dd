import { useTranslation } from "react-i18next";
import { TopBarSearch } from "../contacts/TopBarSearch";
import { TopBarDialPad } from "../dialpad/TopBarDialPad";
import { useMe } from "../session/session";
import { useLayout } from "../ui/layout";
import { OwnMenu } from "./OwnMenu";
import { useTelephonyReady } from "./telephony";
import styles from "./TopBar.module.css";

/** Always at the top: search and dial pad; who I am, on the phone layout with the state of the telephone. */
export function TopBar() {
  return useLayout() === "phone" ? <PhoneTopBar /> : <DesktopTopBar />;
}

function DesktopTopBar() {
  return (
    <header className={styles.bar}>
      <div className={styles.search}>
        <TopBarSearch />
      </div>
      <TopBarDialPad />
      <OwnMenu />
    </header>
  );
}

function PhoneTopBar() {
  const { t } = useTranslation();
  const extension = useMe().extensions[0];
  const telephony = useTelephonyReady();
  return (
    <header className={styles.bar}>
      <OwnMenu />
      <div className={styles.search}>
        <TopBarSearch />
      </div>
      {extension && (
        <span className={styles.extension} data-off={telephony === false || undefined}>
          {telephony === false ? t("telephone_off") : t("telephone_id", { extension })}
        </span>
      )}
    </header>
  );
}
