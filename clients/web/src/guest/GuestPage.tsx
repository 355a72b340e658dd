import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../api/errors";
import { usePageTitle } from "../ui/title";
import { Splash } from "../ui/Splash";
import { Door } from "../session/Door";
import { encryptionPossible, isSecret } from "../meetings/session/encryptable";
import { LinkChat } from "../meetings/session/linkChat";
import { VisitorKeys } from "../meetings/session/visitorKeys";
import { session } from "../session/session";
import { useStore } from "../state/store";
import { BadLinkPage } from "./BadLinkPage";
import styles from "./Guest.module.css";
import { spoken, usualName } from "./memory";
import { NamePage } from "./NamePage";
import { OverPage } from "./OverPage";
import { useAwake } from "./useAwake";
import { Visit, type LinkKeys } from "./visit";
import { WaitingPage } from "./WaitingPage";

// What a guest sees first is light: devices, effects and media come when they are needed.
const PreJoin = lazy(() => import("../meetings/prejoin/PreJoin").then((m) => ({ default: m.PreJoin })));
const MeetingRoom = lazy(() =>
  import("../meetings/room/MeetingRoom").then((m) => ({ default: m.MeetingRoom })),
);

interface Props {
  /** Of the link. */
  token: string;
  /** The link's secret for extra encryption, which the server never sees. */
  secret: string | null;
}

/** A meeting as somebody without an account sees it: door, camera and microphone, waiting room, meeting, way out. */
export function GuestPage({ token, secret }: Props) {
  const [keys] = useState(() => (isSecret(secret) && encryptionPossible() ? keysOf(secret) : null));
  const [visit] = useState(() => new Visit(token, nameHere(), keys));
  useEffect(() => {
    void visit.start();
    return () => visit.end();
  }, [visit]);
  return (
    <Suspense fallback={<Splash />}>
      <Place visit={visit} canEncrypt={keys !== null} />
    </Suspense>
  );
}

function keysOf(secret: string): LinkKeys {
  return { encryption: new VisitorKeys(secret), chat: (name) => new LinkChat(secret, name, spoken) };
}

function Place({ visit, canEncrypt }: { visit: Visit; canEncrypt: boolean }) {
  const { t } = useTranslation("guest");
  const { step, why, title, link, name, busy, error } = useStore(visit.store);
  switch (step) {
    case "looking":
      return <Door title={t("looking")} step={step} />;
    case "bad":
      return <BadLinkPage error={error} onAgain={() => void visit.again()} />;
    case "name":
      return link && <NamePage link={link} name={name} onName={(chosen) => visit.goOn(chosen)} />;
    case "prepare":
      return (
        <Page title={title}>
          <PreJoin
            title={title}
            encrypted={link?.encrypted ?? false}
            recorded={link?.recorded ?? false}
            // An open meeting is not encrypted by a guest.
            canEncrypt={canEncrypt && link?.encrypted === true}
            busy={busy}
            trouble={error === null ? null : errorWords(error)}
            onJoin={(choices) => void visit.knock(choices)}
            onBack={() => visit.back()}
          />
        </Page>
      );
    case "waiting":
      return <WaitingPage title={title} name={name} onLeave={() => void visit.giveUp()} />;
    case "inside":
      return (
        <Page title={title}>
          <MeetingRoom />
        </Page>
      );
    case "over":
      return <OverPage why={why ?? "left"} title={title} onAgain={() => void visit.again()} />;
  }
}

/** The whole window for one thing; a phone's screen stays on meanwhile. */
function Page({ title, children }: { title: string; children: ReactNode }) {
  useAwake();
  usePageTitle(title);
  return <main className={styles.page}>{children}</main>;
}

/** The name to begin with: of whoever is signed in in this browser, or was a guest before. */
function nameHere(): string {
  const known = session.get();
  return known.status === "signed_in" ? known.person.name : usualName();
}
