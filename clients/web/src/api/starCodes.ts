import { request } from "./client";

/** What desk phones dial for what, by the names of the configuration; `configured` holds where nobody chooses. */
export interface StarCodes {
  codes: Record<string, string>;
  configured: Record<string, string>;
}

export const starCodes = {
  all: () => request<StarCodes>("GET", "/star-codes"),
  /** What is not named stays as it is. */
  choose: (codes: Record<string, string>) => request<StarCodes>("PUT", "/star-codes", { body: { codes } }),
};
