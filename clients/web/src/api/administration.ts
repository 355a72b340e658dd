import { request } from "./client";

export type Role = "member" | "administrator";

/** Whom a person may call outside: emergency numbers alone, the own country, all that the organisation may. */
export const CALLS_OUTSIDE = ["inside", "national", "all"] as const;
export type CallsOutside = (typeof CALLS_OUTSIDE)[number];

/** A person as administrators see them; `id` is what the other addresses take. */
export interface AdminPerson {
  id: string;
  user_id: string;
  name: string;
  email: string;
  role: Role;
  department: string;
  extensions: string[];
  numbers: string[];
  photo: string | null;
  disabled: boolean;
  calls_outside: CallsOutside;
}

export interface PeoplePage {
  people: AdminPerson[];
  total: number;
  /** The following page's start, null when there is none. */
  next: number | null;
}

/** A phone's settings, and the name of the file in which it reads them (null: they are typed). */
export interface PhoneSettings {
  phone: string;
  file: string | null;
  text: string;
}

/** A password for the phones of an extension: the server keeps none, so it is seen once. */
export interface NewDevice {
  person: AdminPerson;
  extension: string;
  sip_password: string;
  domain: string;
  server: string;
  port: number;
  transport: "udp" | "tcp" | "tls";
  settings: PhoneSettings[];
  qr_svg: string;
}

/** A desk phone that is registered now. */
export interface Registration {
  extension: string;
  host: string;
  transport: string;
  user_agent: string | null;
  expires_in: number;
}

/** Somebody who was invited; `id` is the person's. Times in ms. */
export interface Invitation {
  id: string;
  language: "it" | "en";
  invited_by: string;
  created_at: number;
  expires_at: number;
  state: "open" | "expired" | "revoked" | "used";
}

export interface NewInvitation {
  email: string;
  name: string;
  role: Role;
  language: "it" | "en";
}

export interface NumberRow {
  number: string;
  display: string;
  person: AdminPerson | null;
  /** The ring group whose number it is, in a person's place. */
  group: { id: string; name: string; extension: string } | null;
}

export type CallerHeader = "from" | "pai" | "ppi" | "rpid";

/** What a provider's sheet asks for; see `server/trunks/settings.py`. */
export interface TrunkSettings {
  addresses: string[];
  auth_username: string | null;
  from_user: string | null;
  from_domain: string | null;
  outbound_proxy: string | null;
  caller_in: CallerHeader[];
  callee_format: "e164" | "plain" | "00" | "national" | "dialled";
  callee_prefix: string;
  caller_format: "e164" | "plain" | "00" | "national";
  inbound_format: "auto" | "plain" | "national";
  inbound_prefix: string;
  options: boolean;
  foreign_numbers: boolean;
  /** Over TLS: whom the certificate is for, who may have signed it (PEM), or its SHA-256. */
  tls_name: string | null;
  tls_ca: string | null;
  tls_fingerprint: string | null;
  /** Seconds that a call may ring before it is answered, out and in; and before which an answer out is none. */
  answer_within_out: number;
  answer_within_in: number;
  answer_not_before: number;
}

export interface TrunkBody {
  kind: "peer" | "register";
  host: string;
  /** Null: what the DNS says. */
  port: number | null;
  transport: "udp" | "tcp" | "tls";
  username: string | null;
  /** Null leaves the one there is. */
  password: string | null;
  caller_id: string | null;
  enabled: boolean;
  settings: TrunkSettings;
}

export interface Trunk extends Omit<TrunkBody, "password"> {
  name: string;
  /** One of the configuration file is changed there. */
  source: "file" | "database";
  has_password: boolean;
  /** Null while the telephone service does not say, or does not know: then `why` says so. */
  up: boolean | null;
  why: string | null;
}

/** The limits of calls outside; `regions` null stands for all, and of the numbers 0 for no limit. */
export interface CallLimits {
  regions: string[] | null;
  premium: boolean;
  calls_at_once: number;
  calls_at_once_a_trunk: number;
  calls_at_once_in_all: number;
  minutes_a_day: number;
  live: number;
}

/** `at` in ms; `actor` is a user id, "command line" or "nobody". */
export interface AuditEntry {
  id: number;
  at: number;
  actor: string;
  action: string;
  subject: string;
  address: string;
  details: Record<string, string>;
}

export interface AuditPage {
  entries: AuditEntry[];
  next: number | null;
}

const PAGE = 50;
const person = (id: string): string => `/admin/people/${encodeURIComponent(id)}`;
const extensionPath = (extension: string): string => `/admin/extensions/${encodeURIComponent(extension)}`;
const invitationPath = (id: string): string => `/admin/invitations/${encodeURIComponent(id)}`;
const onePerson = async (method: string, path: string, body?: unknown): Promise<AdminPerson> =>
  (await request<{ person: AdminPerson }>(method, path, body === undefined ? {} : { body })).person;

export const administration = {
  people: (query: string, start: number) =>
    request<PeoplePage>("GET", `/admin/people?${new URLSearchParams({ q: query, start: String(start) })}`),
  person: (id: string) => onePerson("GET", person(id)),
  change: (
    id: string,
    change: Partial<Pick<AdminPerson, "name" | "email" | "department" | "role" | "calls_outside">>,
  ) => onePerson("PATCH", person(id), change),
  disable: (id: string) => onePerson("POST", `${person(id)}/disable`),
  enable: (id: string) => onePerson("POST", `${person(id)}/enable`),
  resetFactor: (id: string) => request<void>("POST", `${person(id)}/second-factor/reset`),
  addExtension: (id: string, extension: string) =>
    request<NewDevice>("POST", `${person(id)}/extensions`, { body: { extension } }),
  newPassword: (extension: string) => request<NewDevice>("POST", `${extensionPath(extension)}/password`),
  removeExtension: (extension: string) => onePerson("DELETE", extensionPath(extension)),
  invitations: () => request<{ invitations: Invitation[] }>("GET", "/admin/invitations"),
  invite: async (body: NewInvitation) =>
    (await request<{ invitation: Invitation }>("POST", "/admin/invitations", { body })).invitation,
  sendInvitation: async (id: string) =>
    (await request<{ invitation: Invitation }>("POST", `${invitationPath(id)}/send`)).invitation,
  revokeInvitation: (id: string) => request<void>("DELETE", invitationPath(id)),
  registrations: () => request<{ registrations: Registration[] }>("GET", "/admin/registrations"),
  numbers: () => request<{ numbers: NumberRow[] }>("GET", "/admin/numbers"),
  addNumber: (id: string, number: string) => onePerson("POST", `${person(id)}/numbers`, { number }),
  removeNumber: (number: string) => onePerson("DELETE", `/admin/numbers/${encodeURIComponent(number)}`),
  callLimits: () => request<CallLimits>("GET", "/admin/calls-outside"),
  trunks: () => request<{ trunks: Trunk[] }>("GET", "/admin/trunks"),
  addTrunk: (name: string, body: TrunkBody) =>
    request<unknown>("POST", "/admin/trunks", { body: { name, ...body } }),
  replaceTrunk: (name: string, body: TrunkBody) =>
    request<unknown>("PUT", `/admin/trunks/${encodeURIComponent(name)}`, { body }),
  removeTrunk: (name: string) => request<void>("DELETE", `/admin/trunks/${encodeURIComponent(name)}`),
  audit: (before: number | null) =>
    request<AuditPage>("GET", `/admin/audit?limit=${PAGE}${before === null ? "" : `&before=${before}`}`),
};
