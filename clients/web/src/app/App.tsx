import { TooltipProvider } from "@vector-im/compound-web";
import { lazy, Suspense } from "react";
import { useSession } from "../session/session";
import { SignInPage } from "../session/SignInPage";
import { useDoor } from "../routes/routes";
import { Splash } from "../ui/Splash";
import { Toasts } from "../ui/Toasts";

const Shell = lazy(() => import("./Shell").then((module) => ({ default: module.Shell })));
const DoorPage = lazy(() => import("../signup/DoorPage").then((module) => ({ default: module.DoorPage })));
const GuestPage = lazy(() => import("../guest/GuestPage").then((module) => ({ default: module.GuestPage })));

export function App() {
  const session = useSession();
  const door = useDoor();
  return (
    <TooltipProvider>
      {door ? (
        <Suspense fallback={<Splash />}>
          {door.page === "join" ? (
            <GuestPage key={door.token} token={door.token} secret={door.secret} />
          ) : (
            <DoorPage route={door} />
          )}
        </Suspense>
      ) : session.status === "signed_in" ? (
        // The key: nothing of one person's state is carried over to the next.
        <Suspense fallback={<Splash />}>
          <Shell key={session.person.user_id} />
        </Suspense>
      ) : (
        <SignInPage before={session} />
      )}
      <Toasts />
    </TooltipProvider>
  );
}
