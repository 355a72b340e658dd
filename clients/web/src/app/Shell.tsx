import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { followCallBacks } from "../callbacks/callBacks";
import { followBlocked } from "../blocking/blocked";
import { followCallLog } from "../calls/log";
import { CallLayer } from "../calls/CallLayer";
import { CallIsland } from "../calls/island/CallIsland";
import { MeetingBar } from "../meetings/room/FloatingMeeting";
import { MeetingCards, MeetingLayer } from "../meetings/room/MeetingLayer";
import { RoomMeetingButton } from "../meetings/room/RoomMeetingButton";
import { RoomMeetingMark } from "../meetings/room/RoomMeetingMark";
import { HomePage } from "../home/HomePage";
import { WaitingCards } from "../meetings/visitors/WaitingCards";
import { BrowserBanner } from "../permissions/BrowserBanner";
import { PermissionBanner } from "../permissions/PermissionBanner";
import { followOwnPresence } from "../matrix/ownPresence";
import { followPeople } from "../people/people";
import { ServicesLine } from "../services/ServicesLine";
import { followServices } from "../services/services";
import { useStage } from "../calls/useCalls";
import { useLayout } from "../ui/layout";
import { PageBoundary } from "../ui/PageBoundary";
import { PageSkeleton } from "../ui/PageSkeleton";
import { followMailbox } from "../voicemail/mailbox";
import { VerificationDialog } from "../encryption/VerificationDialog";
import { followQueues } from "../queues/queues";
import { followRecordings } from "../calls/recording/recordings";
import { Rail, Tabs } from "./Rail";
import { useRoute, type Route } from "../routes/routes";
import styles from "./Shell.module.css";
import { followTelephony } from "./telephony";
import { TopBar } from "./TopBar";
import { TroubleLine } from "./TroubleLine";

const ChatPage = lazy(() => import("../chat/ChatPage").then((m) => ({ default: m.ChatPage })));
const ContactsPage = lazy(() =>
  import("../contacts/ContactsPage").then((m) => ({ default: m.ContactsPage })),
);
const FavouritesPage = lazy(() =>
  import("../contacts/FavouritesPage").then((m) => ({ default: m.FavouritesPage })),
);
const PhonebookPage = lazy(() =>
  import("../contacts/phonebook/PhonebookPage").then((m) => ({ default: m.PhonebookPage })),
);
const CallLogPage = lazy(() => import("../calllog/CallLogPage").then((m) => ({ default: m.CallLogPage })));
const MeetingsPage = lazy(() =>
  import("../meetings/list/MeetingsPage").then((m) => ({ default: m.MeetingsPage })),
);
const MeetingPage = lazy(() =>
  import("../meetings/room/MeetingPage").then((m) => ({ default: m.MeetingPage })),
);
const AdminPage = lazy(() => import("../admin/AdminPage").then((m) => ({ default: m.AdminPage })));
const SearchPage = lazy(() => import("../search/SearchPage").then((m) => ({ default: m.SearchPage })));
const SettingsPage = lazy(() => import("../account/SettingsPage").then((m) => ({ default: m.SettingsPage })));
const KeypadPage = lazy(() => import("../dialpad/KeypadPage").then((m) => ({ default: m.KeypadPage })));

/** Meetings within the conversations. */
const chatSlots = { Actions: RoomMeetingButton, Mark: RoomMeetingMark };

/** The signed-in product: rail or tabs, top bar, and the section's page. */
export function Shell() {
  const { t } = useTranslation();
  const layout = useLayout();
  const route = useRoute();
  const stage = useStage() !== undefined;
  useEffect(() => {
    const ends = [
      followPeople(),
      followOwnPresence(),
      followTelephony(),
      followServices(),
      followCallLog(),
      followBlocked(),
      followCallBacks(),
      followMailbox(),
      followRecordings(),
      followQueues(),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, []);
  // On a phone an open room or meeting has the whole screen, with a way back of its own.
  const inside = route.section === "chat" || route.section === "meetings";
  const immersive = layout === "phone" && inside && route.roomId !== null;
  return (
    <div className={styles.shell} data-layout={layout}>
      <a className={styles.skip} href="#content" onClick={focusContent}>
        {t("skip_to_content")}
      </a>
      {layout === "desktop" && (
        <Behind stage={stage}>
          <Rail />
        </Behind>
      )}
      <div className={styles.column}>
        <Behind stage={stage}>
          {!immersive && <TopBar />}
          <TroubleLine />
          {!immersive && <ServicesLine />}
        </Behind>
        <CallIsland cards={<MeetingCards />}>
          <MeetingBar />
        </CallIsland>
        <Behind stage={stage}>
          <BrowserBanner />
          <PermissionBanner />
          <main id="content" className={styles.content} tabIndex={-1}>
            <PageBoundary key={route.section}>
              <Suspense fallback={<PageSkeleton />}>
                <Page route={route} phone={layout === "phone"} />
              </Suspense>
            </PageBoundary>
          </main>
        </Behind>
      </div>
      {layout === "phone" && !immersive && (
        <Behind stage={stage}>
          <Tabs />
        </Behind>
      )}
      <CallLayer />
      <MeetingLayer />
      <WaitingCards />
      <VerificationDialog />
    </div>
  );
}

/** What a call at full size covers: neither the pointer nor the focus gets there. */
function Behind({ stage, children }: { stage: boolean; children: ReactNode }) {
  return (
    <div className={styles.behind} inert={stage}>
      {children}
    </div>
  );
}

function Page({ route, phone }: { route: Route; phone: boolean }) {
  switch (route.section) {
    case "chat":
      return <ChatPage roomId={route.roomId} eventId={route.eventId ?? null} slots={chatSlots} />;
    case "contacts":
      return <ContactsPage />;
    case "favourites":
      return <FavouritesPage />;
    case "phonebook":
      return <PhonebookPage />;
    case "calls":
      return <CallLogPage />;
    case "meetings":
      return route.roomId ? <MeetingPage key={route.roomId} roomId={route.roomId} /> : <MeetingsPage />;
    case "administration":
      return <AdminPage page={route.page ?? ""} />;
    case "search":
      return <SearchPage words={route.page ?? ""} />;
    case "settings":
      return <SettingsPage page={route.page ?? ""} />;
    case "keypad":
      return <KeypadPage />;
    default:
      return phone ? <KeypadPage /> : <HomePage />;
  }
}

// The hash is the router's: following the link would leave the page.
function focusContent(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}
