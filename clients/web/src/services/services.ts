import { onServerEvent, onServerEventsOpen } from "../api/events";
import { errorWords } from "../api/errors";
import { type Services, servicesApi, type ServicesChange } from "../api/services";
import { createStore, useStore } from "../state/store";
import { declinesGoOn, mobile, quiet, sendsOn } from "../calls/bell";
import { toast } from "../ui/toasts";
import { changed } from "./changes";
import { active, maySendOn, ringsHere } from "./summary";

export interface ServicesState {
  /** As they are shown: what the house said last, with what it has not answered yet. Null until it has said. */
  value: Services | null;
  error: unknown;
}

export const services = createStore<ServicesState>({ value: null, error: null });

/** The house's word. */
let said: Services | null = null;
let unanswered: readonly ServicesChange[] = [];
/** Changes go one after the other: the last press is what holds. */
let last: Promise<unknown> = Promise.resolve();

function publish(error: unknown = null): void {
  const value = said && unanswered.reduce(changed, said);
  services.set({ value, error });
  quiet.set(value !== null && !ringsHere(value));
  mobile.set(value !== null && value.mobiles.length > 0);
  sendsOn.set(value !== null && maySendOn(value));
  declinesGoOn.set(value !== null && active(value, "busy") !== null);
}

/** Asks anew; what is shown stays until the answer comes. */
export function loadServices(): void {
  servicesApi.get().then(hear, (error: unknown) => publish(error));
}

function hear(next: Services): void {
  said = next;
  publish();
}

/** Keeps them true to the house's word until the answer is called. */
export function followServices(): () => void {
  const ends = [onServerEventsOpen(loadServices), onServerEvent("services", hear)];
  loadServices();
  return () => {
    for (const end of ends) end();
    said = null;
    publish();
  };
}

/** Changes them; shown at once, and put back when it is refused, which is thrown. */
export async function changeServices(change: ServicesChange): Promise<void> {
  unanswered = [...unanswered, change];
  publish();
  const answer = last.then(() => servicesApi.change(change));
  last = answer.catch(() => undefined);
  try {
    said = await answer;
  } finally {
    unanswered = unanswered.filter((each) => each !== change);
    publish();
  }
}

/** The same, and a refusal is said in words. True when it holds. */
export async function switchServices(change: ServicesChange): Promise<boolean> {
  try {
    await changeServices(change);
    return true;
  } catch (error) {
    toast("error", errorWords(error));
    return false;
  }
}

/** Changes my phones outside; what the house answers is shown. Raises what it refuses. */
export async function changeMobiles(change: () => Promise<Services>): Promise<void> {
  const answer = last.then(change);
  last = answer.catch(() => undefined);
  hear(await answer);
}

/** The same, and a refusal is said in words. */
export async function switchMobiles(change: () => Promise<Services>): Promise<void> {
  try {
    await changeMobiles(change);
  } catch (error) {
    toast("error", errorWords(error));
  }
}

/** What the house does with my calls; null until it has said. */
export function useServices(): Services | null {
  return useStore(services).value;
}
