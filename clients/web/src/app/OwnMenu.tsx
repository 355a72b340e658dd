import { Menu, MenuItem, Separator, ToggleMenuItem } from "@vector-im/compound-web";
import AdminIcon from "@vector-im/compound-design-tokens/assets/web/icons/admin";
import ChevronDownIcon from "@vector-im/compound-design-tokens/assets/web/icons/chevron-down";
import EditIcon from "@vector-im/compound-design-tokens/assets/web/icons/edit";
import NotificationsOffIcon from "@vector-im/compound-design-tokens/assets/web/icons/notifications-off";
import NotificationsOffSolidIcon from "@vector-im/compound-design-tokens/assets/web/icons/notifications-off-solid";
import SettingsIcon from "@vector-im/compound-design-tokens/assets/web/icons/settings";
import VideoIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import SignOutIcon from "@vector-im/compound-design-tokens/assets/web/icons/sign-out";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ownZone, untilMoment } from "../hours/words";
import { LANGUAGES, language, setLanguage } from "../i18n/i18n";
import { ownPresence, ownStatus, setOwnPresence, type OwnPresence } from "../matrix/ownPresence";
import { useEndingThis } from "../meetings/links/lastKeys";
import { useNumberFormat } from "../numbers/numberFormat";
import { PersonAvatar } from "../people/PersonAvatar";
import { AvailabilityDot } from "../people/PresenceDot";
import { usePerson } from "../people/people";
import { isAdministrator } from "../people/roles";
import { switchServices, useServices } from "../services/services";
import { signOut, useMe } from "../session/session";
import { useStore } from "../state/store";
import { useLayout } from "../ui/layout";
import { useNow } from "../ui/now";
import { navigate, paths } from "../routes/routes";
import styles from "./OwnMenu.module.css";
import { StatusDialog } from "./StatusDialog";
import { setTheme, theme, type Theme } from "../ui/theme";
import { toast } from "../ui/toasts";

const PRESENCES: OwnPresence[] = ["available", "away", "busy", "offline"];
const THEMES: Theme[] = ["light", "dark", "system"];

/** My name, extension and availability; presence, language, theme and sign-out are behind it. */
export function OwnMenu() {
  const { t } = useTranslation();
  const me = useMe();
  const [open, setOpen] = useState(false);
  const [writing, setWriting] = useState(false);
  const availability = useOwnAvailability();
  const phone = useLayout() === "phone";
  const ending = useEndingThis();
  const services = useServices();
  const silent = services !== null && (services.do_not_disturb || services.now.quiet);
  return (
    <>
      <Menu
        title={t("own_menu")}
        showTitle={false}
        open={open}
        onOpenChange={setOpen}
        align="end"
        trigger={
          <button type="button" className={styles.trigger}>
            <span className={styles.avatar}>
              <PersonAvatar userId={me.user_id} name={me.name} size={32} />
              <AvailabilityDot availability={availability} className={styles.dot ?? ""} />
            </span>
            <span className={styles.name}>{me.name}</span>
            {silent && (
              <NotificationsOffSolidIcon
                className={styles.silent}
                width={18}
                height={18}
                aria-label={t("do_not_disturb")}
              />
            )}
            {me.extensions[0] && <span className={styles.extension}>{me.extensions[0]}</span>}
            <span className="visually-hidden">{t("own_menu_of")}</span>
            <ChevronDownIcon className={styles.chevron} width={18} height={18} />
          </button>
        }
      >
        <Who />
        <PresenceChoices />
        <StatusItem onSelect={() => setWriting(true)} />
        <DoNotDisturbItem />
        <Separator />
        <Choices
          label={t("theme")}
          values={THEMES}
          value={useStore(theme)}
          words={(value) => t(`theme_${value}`)}
          choose={setTheme}
        />
        <Choices
          label={t("language")}
          values={LANGUAGES}
          value={language()}
          words={(value) => t(`language_${value}`)}
          choose={setLanguage}
        />
        <Separator />
        {phone && (
          // The tabs of the phone layout have no room for it.
          <MenuItem
            Icon={VideoIcon}
            label={t("section_meetings")}
            hideChevron
            onSelect={() => navigate(paths.meetings)}
          />
        )}
        {isAdministrator(me) && (
          <MenuItem
            Icon={AdminIcon}
            label={t("administration")}
            hideChevron
            onSelect={() => navigate(paths.administration("people"))}
          />
        )}
        <MenuItem
          Icon={SettingsIcon}
          label={t("section_settings")}
          hideChevron
          onSelect={() => navigate(paths.settings("account"))}
        />
        <MenuItem
          Icon={SignOutIcon}
          label={t("sign_out")}
          hideChevron
          onSelect={() => void ending.ask(() => void signOut())}
        />
      </Menu>
      {ending.dialog}
      {writing && <StatusDialog onClose={() => setWriting(false)} />}
    </>
  );
}

/** What I say beside my presence, and the way to change it. */
function StatusItem({ onSelect }: { onSelect: () => void }) {
  const { t } = useTranslation();
  const status = useStore(ownStatus);
  return (
    <MenuItem
      Icon={EditIcon}
      className={styles.presence ?? ""}
      label={status || t("status_write")}
      hideChevron
      onSelect={onSelect}
    />
  );
}

/** One press, and nothing rings; shown once the house has said how it is. */
function DoNotDisturbItem() {
  const { t } = useTranslation();
  const services = useServices();
  const now = useNow();
  if (!services) return null;
  const { do_not_disturb: on, do_not_disturb_until: until } = services;
  const words = until === null ? "" : untilMoment(until, now, ownZone());
  return (
    <ToggleMenuItem
      Icon={NotificationsOffIcon}
      label={until === null ? t("do_not_disturb") : t("do_not_disturb_until", { until: words })}
      checked={on}
      onSelect={(event) => {
        // The menu stays, so that the switch is seen to move.
        event.preventDefault();
        void switchServices({ do_not_disturb: !on });
      }}
    />
  );
}

function useOwnAvailability() {
  const chosen = useStore(ownPresence);
  const state = usePerson(useMe().user_id)?.state;
  // A choice shows at once; what the house knows beside it goes before it.
  return state === undefined || PRESENCES.includes(state as OwnPresence) ? chosen : state;
}

function Who() {
  const me = useMe();
  const format = useNumberFormat();
  return (
    <div className={styles.who} role="presentation">
      <strong>{me.name}</strong>
      <span>{[...me.extensions, ...me.numbers.map(format)].join(" · ")}</span>
      <span>{me.email}</span>
    </div>
  );
}

function PresenceChoices() {
  const { t } = useTranslation();
  const { t: people } = useTranslation("people");
  const chosen = useStore(ownPresence);
  const choose = (next: OwnPresence): void => {
    setOwnPresence(next).catch(() => toast("error", t("presence_failed")));
  };
  return PRESENCES.map((value) => (
    <MenuItem
      key={value}
      role="menuitemradio"
      aria-checked={value === chosen}
      className={styles.presence ?? ""}
      Icon={<AvailabilityDot availability={value} className={styles.choice ?? ""} />}
      label={people(value)}
      hideChevron
      onSelect={() => choose(value)}
    >
      {value === chosen ? <span aria-hidden>✓</span> : null}
    </MenuItem>
  ));
}

interface ChoicesProps<T extends string> {
  label: string;
  values: readonly T[];
  value: T;
  words: (value: T) => string;
  choose: (value: T) => void;
}

/** One of a few, side by side, without leaving the menu. */
function Choices<T extends string>({ label, values, value, words, choose }: ChoicesProps<T>) {
  return (
    <div className={styles.row} role="group" aria-label={label}>
      <span className={styles.rowLabel} aria-hidden>
        {label}
      </span>
      <span className={styles.segments}>
        {values.map((each) => (
          <button
            key={each}
            type="button"
            role="menuitemradio"
            aria-checked={each === value}
            className={styles.segment}
            onClick={() => choose(each)}
          >
            {words(each)}
          </button>
        ))}
      </span>
    </div>
  );
}
