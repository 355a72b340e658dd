import { TooltipProvider } from "@vector-im/compound-web";
import { lazy, Suspense } from "react";
import { useSession } from "../session/session";
import { SignInPage } from "../session/SignInPage";
import { Splash } from "./Splash";
import { Toasts } from "./Toasts";

const Shell = lazy(() => import("./Shell").then((module) => ({ default: module.Shell })));

export function App() {
  const session = useSession();
  return (
    <TooltipProvider>
      {session.status === "signed_in" ? (
        // The key: nothing of one person's state is carried over to the next.
        <Suspense fallback={<Splash />}>
          <Shell key={session.person.user_id} />
        </Suspense>
      ) : (
        <SignInPage reason={session.reason} />
      )}
      <Toasts />
    </TooltipProvider>
  );
}
