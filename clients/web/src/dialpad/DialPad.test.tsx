import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import "../i18n/i18n";
import * as place from "../calls/place";
import { DialPad } from "./DialPad";

const field = () => screen.getByRole<HTMLInputElement>("textbox");
const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));

let placed = true;

beforeEach(() => {
  placed = true;
  vi.spyOn(place, "dial").mockImplementation(() => Promise.resolve(placed));
  render(<DialPad />);
});

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("the dial pad", () => {
  test("dials what its keys typed, and forgets it", async () => {
    for (const key of ["2", "0", "1"]) press(key);
    expect(field().value).toBe("201");
    press("Call");
    expect(place.dial).toHaveBeenCalledWith("201");
    await waitFor(() => expect(field().value).toBe(""));
  });

  test("keeps the number when the call could not be placed", async () => {
    placed = false;
    press("9");
    press("Call");
    await waitFor(() =>
      expect(screen.getByRole("button", { name: "Call" })).toHaveProperty("disabled", false),
    );
    expect(field().value).toBe("9");
  });

  test("takes a pasted number without its wrapping", () => {
    fireEvent.paste(field(), { clipboardData: { getData: () => " tel:+39 06 698 " } });
    expect(field().value).toBe("+39 06 698");
  });

  test("deletes the last digit", () => {
    press("1");
    press("2");
    press("Delete the last digit");
    expect(field().value).toBe("1");
  });

  test("writes a plus when 0 is held", () => {
    vi.useFakeTimers();
    const zero = screen.getByRole("button", { name: "0" });
    fireEvent.pointerDown(zero);
    vi.advanceTimersByTime(600);
    fireEvent.pointerUp(zero);
    fireEvent.click(zero);
    vi.useRealTimers();
    fireEvent.click(zero);
    expect(field().value).toBe("+0");
  });

  test("calls nobody without a number", () => {
    expect(screen.getByRole("button", { name: "Call" })).toHaveProperty("disabled", true);
  });
});
