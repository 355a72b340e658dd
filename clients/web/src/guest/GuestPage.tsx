import { Splash } from "../app/Splash";

interface Props {
  /** Of the link. */
  token: string;
  /** The link's secret for extra encryption, which the server never sees. */
  secret: string | null;
}

/** A meeting as somebody without an account sees it. */
export function GuestPage(_: Props) {
  return <Splash />;
}
