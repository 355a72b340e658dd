import type { ForwardTarget, Mobile, Services } from "../api/services";

export const BRUNO: ForwardTarget = {
  kind: "colleague",
  user_id: "@bruno:localhost",
  name: "Bruno Bianchi",
  number: "202",
};
export const MOBILE: ForwardTarget = {
  kind: "number",
  number: "+393331234567",
  shown: "333 123 4567",
  name: null,
};

/** For tests: as they are for somebody who has changed nothing. */
export function fakeServices(extra: Partial<Services> = {}): Services {
  const off = { on: false, target: null };
  return {
    always: off,
    outside_hours: off,
    busy: off,
    no_answer: { ...off, after: 20 },
    unreachable: off,
    do_not_disturb: false,
    do_not_disturb_until: null,
    hours: [],
    quiet: { on: false, times: [] },
    now: { outside_hours: false, quiet: false, appointment: false, until: null },
    timezone: "Europe/Rome",
    rings: { desk_phone: true, clients: true },
    mobiles: [],
    after_most: 44,
    troubles: [],
    ...extra,
  };
}

export function fakeMobile(extra: Partial<Mobile> = {}): Mobile {
  return {
    number: "+393331234567",
    shown: "333 123 4567",
    name: null,
    on: true,
    delay: 0,
    hours: null,
    trouble: null,
    ...extra,
  };
}
