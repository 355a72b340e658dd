import { request } from "./client";

export type Party = { user_id: string | null; name: string; number: string | null };

/** When a delegate's devices ring: with mine, when nobody takes the call there, or not at all. */
export const RINGS = ["with", "unanswered", "never"] as const;
export type Rings = (typeof RINGS)[number];

/** What a delegate may: take calls, call in the principal's name, see what rings and waits. */
export const RIGHTS = ["answers", "calls", "sees"] as const;
export type Rights = Record<(typeof RIGHTS)[number], boolean>;

/** A colleague who helps me. */
export interface Delegate extends Rights {
  person: Party;
  rings: Rings;
  /** Seconds for which my devices ring alone, where the delegate's ring with them. */
  after: number;
}

/** Whom I help, and what I may for them. */
export interface Principal extends Rights {
  person: Party;
}

/** Who helps me, and whom I do. */
export interface Delegated {
  delegates: Delegate[];
  principals: Principal[];
}

export const delegatesApi = {
  list: () => request<Delegated>("GET", "/delegates"),
  put: (delegates: readonly ({ user_id: string; rings: Rings; after: number } & Rights)[]) =>
    request<Delegated>("PUT", "/delegates", { body: { delegates } }),
  /** I answer no more for somebody who has named me. */
  stepDown: (userId: string) =>
    request<Delegated>("DELETE", `/delegates/principals/${encodeURIComponent(userId)}`),
};
