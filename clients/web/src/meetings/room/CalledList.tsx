import { Button } from "@vector-im/compound-web";
import { useTranslation } from "react-i18next";
import { PersonAvatar } from "../../people/PersonAvatar";
import { usePerson } from "../../people/people";
import { useStore } from "../../state/store";
import { ringAgain } from "../matrix/actions";
import { called, type Callee } from "../matrix/callees";
import styles from "./Panels.module.css";

/** Whom one has called and who has not come: ring again, or share a link another way. */
export function CalledList() {
  const { t } = useTranslation("meetings/room");
  const waiting = useStore(called)?.people.filter((callee) => callee.state !== "joined") ?? [];
  if (waiting.length === 0) return null;
  return (
    <>
      <h4 className={styles.heading}>{t("called")}</h4>
      <ul role="list" className={styles.people}>
        {waiting.map((callee) => (
          <CalleeRow key={callee.userId} callee={callee} />
        ))}
      </ul>
    </>
  );
}

function CalleeRow({ callee: { userId, state } }: { callee: Callee }) {
  const { t } = useTranslation("meetings/room");
  const name = usePerson(userId)?.name ?? userId;
  return (
    <li className={styles.person} data-testid="callee">
      <PersonAvatar userId={userId} name={name} size={36} presence />
      <span className={styles.words}>
        <span className={styles.name}>{name}</span>
        <span className={styles.detail}>{t(`callee_${state}`)}</span>
      </span>
      {state !== "ringing" && (
        <Button kind="tertiary" size="md" onClick={() => void ringAgain(userId)}>
          {t("ring_again")}
        </Button>
      )}
    </li>
  );
}
