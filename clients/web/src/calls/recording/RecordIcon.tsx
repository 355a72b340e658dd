import type { SVGAttributes } from "react";

/** The red dot of recorders. */
export function RecordIcon(props: SVGAttributes<SVGElement>) {
  return (
    <svg viewBox="0 0 24 24" fill="none" xmlns="http://www.w3.org/2000/svg" {...props}>
      <circle cx="12" cy="12" r="9" stroke="currentColor" strokeWidth="2" />
      <circle cx="12" cy="12" r="5" fill="var(--cpd-color-icon-critical-primary)" />
    </svg>
  );
}
