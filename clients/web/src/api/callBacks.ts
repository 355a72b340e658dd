import { request } from "./client";

/** A colleague whom I wait for: when both of us are free, the house rings me, then them. Times in ms. */
export interface CallBack {
  id: string;
  person: { user_id: string | null; name: string; number: string | null };
  why: "busy" | "no_answer";
  asked_at: number;
  expires_at: number;
  /** The house rings us now. */
  calling: boolean;
}

/** Each answers the whole list. */
export interface CallBacks {
  call_backs: CallBack[];
}

export const callBacksApi = {
  list: () => request<CallBacks>("GET", "/call-backs"),
  ask: (userId: string, why: CallBack["why"]) =>
    request<CallBacks>("POST", "/call-backs", { body: { user_id: userId, why } }),
  cancel: (id: string) => request<CallBacks>("DELETE", `/call-backs/${encodeURIComponent(id)}`),
};
