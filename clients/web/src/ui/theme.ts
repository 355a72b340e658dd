import { createStore } from "../state/store";

export type Theme = "system" | "light" | "dark";

const STORED = "unisono.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function storedTheme(): Theme {
  const value = localStorage.getItem(STORED);
  return value === "light" || value === "dark" ? value : "system";
}

export const theme = createStore<Theme>(storedTheme());

/** Puts Compound's theme class on the page; call it before the first paint, it follows the system after. */
export function applyTheme(): void {
  const chosen = theme.get();
  const shown = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
  const { classList } = document.documentElement;
  classList.toggle("cpd-theme-dark", shown === "dark");
  classList.toggle("cpd-theme-light", shown === "light");
}

export function setTheme(next: Theme): void {
  if (next === "system") localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, next);
  theme.set(next);
  applyTheme();
}

dark.addEventListener("change", applyTheme);
