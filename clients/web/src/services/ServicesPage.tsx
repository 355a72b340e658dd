import { useTranslation } from "react-i18next";
import type { Services } from "../api/services";
import { usePerson } from "../people/people";
import { useMe } from "../session/session";
import { useStore } from "../state/store";
import settings from "../ui/Settings.module.css";
import { mailbox, switchMailbox } from "../voicemail/mailbox";
import { Waiting } from "../ui/Waiting";
import { Calendars } from "./Calendars";
import { Delegates } from "./Delegates";
import { DoNotDisturb } from "./DoNotDisturb";
import { ForwardRow } from "./ForwardRow";
import { Hours } from "./Hours";
import { loadServices, services, switchServices } from "./services";
import { Mobiles } from "./Mobiles";
import { MyGroups } from "./MyGroups";
import { SwitchRow } from "./SwitchRow";
import { WhereIRing } from "./WhereIRing";

/** Where my calls ring, and where they go when they do not: one switch a situation. */
export function ServicesPage() {
  const { value, error } = useStore(services);
  const connected = usePerson(useMe().user_id)?.desk_phone ?? false;
  const messages = useStore(mailbox);
  const takes = messages.status === "ready" && messages.mailbox.on;
  if (!value) return <Waiting loaded={{ failed: error !== null, load: loadServices }} />;
  return (
    <>
      <WhereIRing services={value} means={{ deskPhone: connected, mailbox: takes }} />
      <section className={settings.section}>
        <DoNotDisturb services={value} />
      </section>
      <Hours services={value} />
      <Calendars />
      <Forwards services={value} />
      {messages.status === "ready" && <Voicemail on={takes} />}
      <Delegates />
      <MyGroups />
      <Devices services={value} connected={connected} />
    </>
  );
}

/** The last resort of a call that nobody takes. */
function Voicemail({ on }: { on: boolean }) {
  const { t } = useTranslation("voicemail");
  return (
    <section className={settings.section}>
      <SwitchRow
        label={t("switch")}
        hint={t("switch_hint")}
        on={on}
        onSwitch={(next) => void switchMailbox(next).then(loadServices)}
      />
    </section>
  );
}

function Devices({ services: { rings, mobiles }, connected }: { services: Services; connected: boolean }) {
  const { t } = useTranslation("services");
  return (
    <section className={settings.section}>
      <h2>{t("devices")}</h2>
      <SwitchRow
        label={t("clients")}
        hint={t("clients_hint")}
        on={rings.clients}
        onSwitch={(clients) => void switchServices({ rings: { ...rings, clients } })}
      />
      <SwitchRow
        label={t("desk_phone")}
        hint={t(connected ? "desk_phone_connected" : "desk_phone_none")}
        on={rings.desk_phone}
        onSwitch={(desk) => void switchServices({ rings: { ...rings, desk_phone: desk } })}
      />
      <Mobiles mobiles={mobiles} />
    </section>
  );
}

function Forwards({ services: value }: { services: Services }) {
  const { t } = useTranslation("services");
  return (
    <section className={settings.section}>
      <div>
        <h2>{t("forwards")}</h2>
        <p className={settings.hint}>{t("forwards_hint")}</p>
      </div>
      <ForwardRow services={value} situation="always" />
      <ForwardRow services={value} situation="busy" />
      <ForwardRow services={value} situation="no_answer" />
      <ForwardRow services={value} situation="unreachable" />
    </section>
  );
}
