import { request } from "./client";

export type Party = { user_id: string | null; name: string; number: string | null };

/** When a delegate's devices ring: with mine, when nobody takes the call there, or not at all. */
export const RINGS = ["with", "unanswered", "never"] as const;
export type Rings = (typeof RINGS)[number];

/** A colleague who answers for me. */
export interface Delegate {
  person: Party;
  rings: Rings;
  /** Seconds for which my devices ring alone, where the delegate's ring with them. */
  after: number;
}

/** Who answers for me, and for whom I do. */
export interface Delegated {
  delegates: Delegate[];
  principals: Party[];
}

export const delegatesApi = {
  list: () => request<Delegated>("GET", "/delegates"),
  put: (delegates: readonly { user_id: string; rings: Rings; after: number }[]) =>
    request<Delegated>("PUT", "/delegates", { body: { delegates } }),
  /** I answer no more for somebody who has named me. */
  stepDown: (userId: string) =>
    request<Delegated>("DELETE", `/delegates/principals/${encodeURIComponent(userId)}`),
};
