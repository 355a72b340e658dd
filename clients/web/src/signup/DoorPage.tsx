import type { DoorRoute } from "../routes/routes";
import { OutboxPage } from "../outbox/OutboxPage";
import { RefusedPage, SignInPage } from "../session/SignInPage";
import { ForgottenPage } from "./ForgottenPage";
import { InvitationPage } from "./InvitationPage";
import { NewPasswordPage } from "./NewPasswordPage";

/** The pages that links of mails and other Matrix clients lead to. The key: another link is another page. */
export function DoorPage({ route }: { route: Exclude<DoorRoute, { page: "join" }> }) {
  switch (route.page) {
    case "invitation":
      return <InvitationPage key={route.token} token={route.token} />;
    case "new-password":
      return <NewPasswordPage key={route.token} token={route.token} />;
    case "forgotten":
      return <ForgottenPage />;
    case "outbox":
      return <OutboxPage />;
    case "sign-in":
      return <SignInPage key={route.oidc} oidc={route.oidc} />;
    case "refused":
      return <RefusedPage reason={route.reason} />;
  }
}
