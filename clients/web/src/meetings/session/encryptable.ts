import { decode } from "./sealed";

/** Whether this browser can encrypt what it sends from end to end (WebRTC Encoded Transform). */
export function encryptionPossible(): boolean {
  const streams = "createEncodedStreams" in (globalThis.RTCRtpSender?.prototype ?? {});
  return typeof WebAssembly === "object" && (streams || "RTCRtpScriptTransform" in globalThis);
}

/** Whether a text from a link is the secret of one. */
export function isSecret(words: string | null): words is string {
  try {
    return words !== null && decode(words).length === 32;
  } catch {
    return false;
  }
}
