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

/** Texts may be empty; addresses are one text, with commas. */
export interface SettingsDraft extends Omit<TrunkSettings, "addresses" | OptionalText | Seconds> {
  addresses: string;
  auth_username: string;
  from_user: string;
  from_domain: string;
  outbound_proxy: string;
  tls_name: string;
  tls_ca: string;
  tls_fingerprint: string;
  answer_within_out: string;
  answer_within_in: string;
  answer_not_before: string;
}

type Seconds = "answer_within_out" | "answer_within_in" | "answer_not_before";
type OptionalText =
  | "auth_username"
  | "from_user"
  | "from_domain"
  | "outbound_proxy"
  | "tls_name"
  | "tls_ca"
  | "tls_fingerprint";

export function trunkDraftOf(trunk: Trunk | null): TrunkDraft {
  return {
    name: trunk?.name ?? "",
    kind: trunk?.kind ?? "register",
    host: trunk?.host ?? "",
    port: String(trunk?.port ?? ""),
    transport: trunk?.transport ?? "udp",
    username: trunk?.username ?? "",
    password: "",
    caller_id: trunk?.caller_id ?? "",
    enabled: trunk?.enabled ?? true,
    settings: settingsDraftOf(trunk?.settings ?? DEFAULTS),
  };
}

/** Null while the port is no port; an empty one is left to the DNS. An empty password leaves the one there is. */
export function trunkBodyOf(draft: TrunkDraft): TrunkBody | null {
  const written = draft.port.trim();
  const port = written === "" ? null : /^\d{1,5}$/.test(written) ? Number(written) : 0;
  if (port !== null && (port < 1 || port > 65_535)) return null;
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

const DEFAULTS: TrunkSettings = {
  addresses: [],
  auth_username: null,
  from_user: null,
  from_domain: null,
  outbound_proxy: null,
  caller_in: ["from", "pai"],
  callee_format: "e164",
  callee_prefix: "",
  caller_format: "e164",
  inbound_format: "auto",
  inbound_prefix: "",
  options: true,
  foreign_numbers: false,
  tls_name: null,
  tls_ca: null,
  tls_fingerprint: null,
  answer_within_out: 120,
  answer_within_in: 180,
  answer_not_before: 0,
};

function settingsDraftOf(settings: TrunkSettings): SettingsDraft {
  return {
    ...settings,
    addresses: settings.addresses.join(", "),
    auth_username: settings.auth_username ?? "",
    from_user: settings.from_user ?? "",
    from_domain: settings.from_domain ?? "",
    outbound_proxy: settings.outbound_proxy ?? "",
    tls_name: settings.tls_name ?? "",
    tls_ca: settings.tls_ca ?? "",
    tls_fingerprint: settings.tls_fingerprint ?? "",
    answer_within_out: String(settings.answer_within_out),
    answer_within_in: String(settings.answer_within_in),
    answer_not_before: String(settings.answer_not_before),
  };
}

function settingsOf(draft: SettingsDraft): TrunkSettings {
  return {
    ...draft,
    addresses: draft.addresses.split(/[\s,;]+/).filter(Boolean),
    auth_username: draft.auth_username.trim() || null,
    from_user: draft.from_user.trim() || null,
    from_domain: draft.from_domain.trim() || null,
    outbound_proxy: draft.outbound_proxy.trim() || null,
    tls_name: draft.tls_name.trim() || null,
    tls_ca: draft.tls_ca.trim() || null,
    tls_fingerprint: draft.tls_fingerprint.trim() || null,
    callee_prefix: draft.callee_prefix.trim(),
    inbound_prefix: draft.inbound_prefix.trim(),
    answer_within_out: secondsOf(draft.answer_within_out, DEFAULTS.answer_within_out, /^\d+$/),
    answer_within_in: secondsOf(draft.answer_within_in, DEFAULTS.answer_within_in, /^\d+$/),
    answer_not_before: secondsOf(draft.answer_not_before, DEFAULTS.answer_not_before, /^\d+(\.\d+)?$/),
  };
}

/** -1 for what is no number: the server says which are allowed. */
function secondsOf(text: string, usual: number, form: RegExp): number {
  const written = text.trim().replace(",", ".");
  if (written === "") return usual;
  return form.test(written) ? Number(written) : -1;
}
