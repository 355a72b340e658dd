/** Two strings sounding as one. */
export function Logo({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 512 512" aria-hidden="true" focusable="false">
      <rect width="512" height="512" rx="116" fill="#0b6b57" />
      <g fill="none" stroke="#fff" strokeWidth="40" strokeLinecap="round">
        <path d="M166 144v112a90 90 0 0 0 180 0V144" />
        <path d="M196 396h120" opacity=".55" />
      </g>
    </svg>
  );
}
