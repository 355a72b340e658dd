import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import "../../i18n/i18n";
import type { EffectChoice } from "../session/types";
import { EffectPicker } from "./EffectPicker";

const onChoose = vi.fn<(effect: EffectChoice) => void>();

function graphics(context: object | null): void {
  vi.stubGlobal(
    "OffscreenCanvas",
    class {
      getContext = () => context;
    },
  );
}

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

test.each<[string, EffectChoice]>([
  ["As it is", { kind: "none" }],
  ["Light blur", { kind: "blur", strength: "light" }],
  ["Dunes", { kind: "picture", id: "dunes" }],
])("%s is one of the choices", (words, effect) => {
  graphics({});
  render(<EffectPicker value={{ kind: "blur", strength: "strong" }} onChoose={onChoose} />);
  expect(screen.getByLabelText<HTMLInputElement>("Strong blur").checked).toBe(true);
  fireEvent.click(screen.getByLabelText(words));
  expect(onChoose).toHaveBeenCalledWith(effect);
});

test("a browser without WebGL 2 is told so, and is offered nothing", () => {
  graphics(null);
  render(<EffectPicker value={{ kind: "none" }} onChoose={onChoose} />);
  expect(screen.queryAllByRole("radio")).toEqual([]);
  expect(screen.getByText(/needs WebGL/)).toBeTruthy();
});
