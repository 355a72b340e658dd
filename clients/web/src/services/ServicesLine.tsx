import { useTranslation } from "react-i18next";
import { calendarsApi } from "../api/calendars";
import { errorWords } from "../api/errors";
import type { ForwardTarget, ServicesChange } from "../api/services";
import { useNumberFormat } from "../numbers/numberFormat";
import { paths, useRoute } from "../routes/routes";
import { toast } from "../ui/toasts";
import { switchServices, useServices } from "./services";
import styles from "./ServicesLine.module.css";
import { active, remarkable } from "./summary";
import { targetName, untilWords } from "./words";

type Remarkable = NonNullable<ReturnType<typeof remarkable>>;

const OFF: Record<Exclude<Remarkable, "appointment">, ServicesChange> = {
  always: { always: { on: false } },
  outside_hours: { outside_hours: { on: false } },
  do_not_disturb: { do_not_disturb: false },
  quiet: { quiet: { on: false } },
  no_device: { rings: { desk_phone: true, clients: true } },
};
const ON: typeof OFF = {
  always: { always: { on: true } },
  outside_hours: { outside_hours: { on: true } },
  do_not_disturb: { do_not_disturb: true },
  quiet: { quiet: { on: true } },
  no_device: { rings: { desk_phone: false, clients: false } },
};

/** Whether appointments keep my calls from ringing is a matter of my calendars. */
async function switchAppointments(silent: boolean): Promise<boolean> {
  try {
    await calendarsApi.change({ silent });
    return true;
  } catch (error) {
    toast("error", errorWords(error));
    return false;
  }
}

const switchOff = (what: Remarkable): Promise<boolean> =>
  what === "appointment" ? switchAppointments(false) : switchServices(OFF[what]);
const switchOn = (what: Remarkable): Promise<boolean> =>
  what === "appointment" ? switchAppointments(true) : switchServices(ON[what]);

/** A quiet line on every page while my calls do not ring as usual, and the press that ends it. */
export function ServicesLine() {
  const { t } = useTranslation("services");
  const format = useNumberFormat();
  const services = useServices();
  const { section, page } = useRoute();
  // There it stands in more words.
  const shown = section === "settings" && page === "services" ? null : services;
  const what = shown && remarkable(shown);
  const target = shown && active(shown, what === "outside_hours" ? what : "always");
  const until = shown && what ? untilWords(shown, what, t) : "";
  const undo = async (): Promise<void> => {
    if (!what || !(await switchOff(what))) return;
    toast("success", t("rings_again"), { label: t("undo"), run: () => void switchOn(what) });
  };
  return (
    <div role="status">
      {what && (
        <p className={styles.line} data-testid="services-line">
          <a className={styles.words} href={`#${paths.settings("services")}`}>
            {t(lineOf(what, target), { to: target ? targetName(target, format, t) : "", until })}
          </a>
          <button type="button" className={styles.off} onClick={() => void undo()}>
            {t(what === "no_device" ? "line_ring_again" : "line_off")}
          </button>
        </p>
      )}
    </div>
  );
}

function lineOf(what: Remarkable, target: ForwardTarget | null) {
  return what === "outside_hours" && target?.kind === "nobody"
    ? "line_outside_hours_nobody"
    : (`line_${what}` as const);
}
