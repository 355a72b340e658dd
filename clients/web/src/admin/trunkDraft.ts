import type { Trunk, TrunkBody, TrunkSettings } from "../api/administration";

/** A line while it is written: everything is text. */
export interface TrunkDraft {
  name: string;
  kind: TrunkBody["kind"];
  host: string;
  port: string;
  transport: TrunkBody["transport"];
  username: string;
  password: string;
  caller_id: string;
  enabled: boolean;
  settings: SettingsDraft;
}

/** Lists are one text, with commas. */
export interface SettingsDraft extends Omit<TrunkSettings, "addresses"> {
  addresses: string;
}

export function trunkDraftOf(trunk: Trunk | null): TrunkDraft {
  return {
    name: trunk?.name ?? "",
    kind: trunk?.kind ?? "register",
    host: trunk?.host ?? "",
    port: String(trunk?.port ?? 5060),
    transport: trunk?.transport ?? "udp",
    username: trunk?.username ?? "",
    password: "",
    caller_id: trunk?.caller_id ?? "",
    enabled: trunk?.enabled ?? true,
    settings: settingsDraftOf(trunk?.settings ?? DEFAULTS),
  };
}

/** Null while the port is no port. An empty password leaves the one there is. */
export function trunkBodyOf(draft: TrunkDraft): TrunkBody | null {
  const port = /^\d{1,5}$/.test(draft.port.trim()) ? Number(draft.port) : 0;
  if (port < 1 || port > 65_535) return null;
  return {
    kind: draft.kind,
    host: draft.host.trim(),
    port,
    transport: draft.transport,
    username: draft.username.trim() || null,
    password: draft.password || null,
    caller_id: draft.caller_id.trim() || null,
    enabled: draft.enabled,
    settings: settingsOf(draft.settings),
  };
}

const DEFAULTS: TrunkSettings = { addresses: [] };

function settingsDraftOf(settings: TrunkSettings): SettingsDraft {
  return { ...settings, addresses: settings.addresses.join(", ") };
}

function settingsOf(draft: SettingsDraft): TrunkSettings {
  return { ...draft, addresses: draft.addresses.split(/[\s,;]+/).filter(Boolean) };
}
