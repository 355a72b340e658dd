import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../api/errors";
import { onServerEvent, onServerEventsOpen } from "../api/events";
import { groupsApi, type MyGroup } from "../api/groups";
import settings from "../ui/Settings.module.css";
import { toast } from "../ui/toasts";
import { useLoaded } from "../ui/useLoaded";
import { SwitchRow } from "./SwitchRow";

/** The groups that I am in, and whether their calls ring for me; nothing for whoever is in none. */
export function MyGroups() {
  const { t } = useTranslation("services");
  const { value, load, set } = useLoaded(groupsApi.mine);
  useEffect(() => {
    const ends = [onServerEventsOpen(load), onServerEvent("groups", load)];
    return () => {
      for (const end of ends) end();
    };
  }, [load]);
  if (!value || value.groups.length === 0) return null;
  const change = (id: string, here: boolean): void =>
    set(({ groups }) => ({ groups: groups.map((each) => (each.id === id ? { ...each, here } : each)) }));
  const switchTo = async ({ id, here }: MyGroup): Promise<void> => {
    change(id, !here);
    try {
      await groupsApi.beHere(id, !here);
    } catch (error) {
      change(id, here);
      toast("error", errorWords(error));
    }
  };
  return (
    <section className={settings.section}>
      <h2>{t("groups")}</h2>
      {value.groups.map((group) => (
        <SwitchRow
          key={group.id}
          label={group.name}
          hint={t("group_hint", { extension: group.extension })}
          on={group.here}
          onSwitch={() => void switchTo(group)}
        />
      ))}
    </section>
  );
}
