import { pictureAddress } from "../effects/pictures";
import type { EffectChoice } from "../session/types";

/** What a person chose the last time; devices are remembered by themselves, encryption belongs to a meeting. */
export interface Remembered {
  microphone: boolean;
  camera: boolean;
  effect: EffectChoice;
}

const STORED = "unisono.join";

/** Reads the last choices; anything unreadable is as if nothing had been chosen. */
export function readRemembered(stored: string | null = localStorage.getItem(STORED)): Remembered {
  const value = parse(stored);
  return {
    microphone: value.microphone !== false,
    camera: value.camera !== false,
    effect: readEffect(value.effect),
  };
}

export function remember(choices: Remembered): void {
  const { microphone, camera, effect } = choices;
  localStorage.setItem(STORED, JSON.stringify({ microphone, camera, effect }));
}

function parse(stored: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(stored ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function readEffect(value: unknown): EffectChoice {
  const { kind, strength, id } = (value ?? {}) as Record<string, unknown>;
  if (kind === "blur" && (strength === "light" || strength === "strong")) return { kind, strength };
  // A picture that no longer exists is no picture.
  if (kind === "picture" && typeof id === "string" && pictureAddress(id)) return { kind, id };
  return { kind: "none" };
}
