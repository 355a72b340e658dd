/** Chrome, Edge and Firefox are the browsers that everything here was tried with. */
export function isTriedBrowser(userAgent: string): boolean {
  const other = /OPR\/|SamsungBrowser\/|Vivaldi\/|YaBrowser\/|UCBrowser\/|DuckDuckGo\//.test(userAgent);
  if (other) return false;
  // On iOS every browser is Safari underneath, whatever it calls itself.
  if (/iPhone|iPad|iPod/.test(userAgent)) return false;
  return /Firefox\/|Edg(A)?\/|Chrome\/|HeadlessChrome\//.test(userAgent);
}

/** What is missing here, most serious first. */
export type Lack = "calls" | "microphone" | "notifications" | "headset_buttons";

interface Surroundings {
  RTCPeerConnection?: unknown;
  Notification?: unknown;
  navigator: { mediaDevices?: unknown; hid?: unknown };
}

export function lacks(window: Surroundings): Lack[] {
  const found: Lack[] = [];
  if (!window.RTCPeerConnection) found.push("calls");
  if (!window.navigator.mediaDevices) found.push("microphone");
  if (!window.Notification) found.push("notifications");
  if (!window.navigator.hid) found.push("headset_buttons");
  return found;
}
