import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import type { StarCode } from "../api/types";
import { usePerson } from "../people/people";
import { useMe } from "../session/session";
import styles from "../ui/Settings.module.css";
import { NotYet } from "./NotYet";
import { useLoaded } from "./useAccount";

/** Whether a desk phone of mine is connected, and what I dial at it about calls in progress. */
export function DeskPhonePage() {
  return (
    <>
      <Connected />
      <Codes />
    </>
  );
}

function Connected() {
  const { t } = useTranslation("account");
  const me = useMe();
  const connected = usePerson(me.user_id)?.desk_phone ?? false;
  const extension = me.extensions.join(", ");
  return (
    <section className={styles.section}>
      <p>{t(connected ? "desk_phone_connected" : "desk_phone_none", { extension })}</p>
      {!connected && <p className={styles.hint}>{t("desk_phone_hint")}</p>}
    </section>
  );
}

function Codes() {
  const { t } = useTranslation("account");
  const loaded = useLoaded(api.telephony);
  return (
    <section className={styles.section}>
      <h2>{t("codes")}</h2>
      <p className={styles.hint}>{t("codes_hint")}</p>
      {loaded.value ? (
        <dl className={styles.facts}>
          {loaded.value.codes.map((code) => (
            <Code key={code.does} code={code} />
          ))}
        </dl>
      ) : (
        <NotYet loaded={loaded} />
      )}
    </section>
  );
}

function Code({ code: { does, dial } }: { code: StarCode }) {
  const { t } = useTranslation("account");
  const dialled = (): string => {
    if (does === "pick_up") return t("code_pick_up_dial", { dial });
    if (does === "call_for") return t("code_call_for_dial", { dial });
    return dial.endsWith("*") ? t("code_forward_dial", { dial }) : dial.replace("-", "–");
  };
  return (
    <div style={{ display: "contents" }}>
      <dt className={styles.code}>{dialled()}</dt>
      <dd>{t(`code_${does}`, { stem: dial.replace(/#$/, "") })}</dd>
    </div>
  );
}
