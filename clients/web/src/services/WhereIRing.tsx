import ArrowRightIcon from "@vector-im/compound-design-tokens/assets/web/icons/arrow-right";
import VoicemailIcon from "@vector-im/compound-design-tokens/assets/web/icons/audio";
import BrowserIcon from "@vector-im/compound-design-tokens/assets/web/icons/web-browser";
import MobileIcon from "@vector-im/compound-design-tokens/assets/web/icons/mobile";
import PhoneIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call";
import type { ComponentType, SVGAttributes } from "react";
import { useTranslation } from "react-i18next";
import type { ForwardTarget, Services } from "../api/services";
import { PeerAvatar } from "../calls/PeerAvatar";
import { useNumberFormat } from "../numbers/numberFormat";
import { RingMeNow } from "./RingMeNow";
import styles from "./Services.module.css";
import { type Course, courseOf, type Means } from "./summary";
import { sentences, targetName } from "./words";

interface Props {
  services: Services;
  means: Means;
}

/** What happens to a call now: in plain words, and as a picture of devices and whom it goes to. */
export function WhereIRing({ services, means }: Props) {
  const { t } = useTranslation("services");
  const format = useNumberFormat();
  const course = courseOf(services, means);
  const [first, ...more] = sentences(services, course, t, format);
  return (
    <section className={styles.where} aria-labelledby="where-i-ring">
      <h2 id="where-i-ring">{t("where")}</h2>
      <Picture course={course} mobiles={services.mobiles.length > 0} />
      <div role="status" data-testid="where-i-ring">
        <p className={styles.sentence}>{first}</p>
        {more.map((each) => (
          <p key={each} className={styles.also}>
            {each}
          </p>
        ))}
      </div>
      <RingMeNow />
    </section>
  );
}

/** The way of a call from left to right; the words say the same. */
function Picture({ course, mobiles }: { course: Course; mobiles: boolean }) {
  const { t } = useTranslation("services");
  const rings = course.kind === "rings" ? course.on : null;
  const to =
    course.kind === "straight" ? course.to : course.kind === "rings" ? (course.next?.to ?? null) : null;
  return (
    <div className={styles.picture} aria-hidden>
      <span className={styles.devices}>
        <Device Icon={BrowserIcon} label={t("clients_short")} rings={rings === "both" || rings === "here"} />
        <Device Icon={PhoneIcon} label={t("desk_phone")} rings={rings === "both" || rings === "desk_phone"} />
        {mobiles && (
          <Device
            Icon={MobileIcon}
            label={t("mobile_short")}
            rings={course.kind === "rings" && course.mobiles.length > 0}
          />
        )}
      </span>
      {to && (
        <>
          <span className={styles.way}>
            {course.kind === "rings" && course.next && (
              <span>{t("short_seconds", { seconds: course.next.after })}</span>
            )}
            <ArrowRightIcon width={24} height={24} />
          </span>
          <End target={to} />
        </>
      )}
      {(course.kind === "rings" || course.kind === "nowhere") && course.message && (
        <>
          <span className={styles.way}>
            <ArrowRightIcon width={24} height={24} />
          </span>
          <Device Icon={VoicemailIcon} label={t("voicemail_short")} rings />
        </>
      )}
    </div>
  );
}

interface DeviceProps {
  Icon: ComponentType<SVGAttributes<SVGElement>>;
  label: string;
  rings: boolean;
}

function Device({ Icon, label, rings }: DeviceProps) {
  return (
    <span className={styles.device} data-rings={rings || undefined}>
      <span className={styles.disc}>
        <Icon width={24} height={24} />
      </span>
      <span className={styles.caption}>{label}</span>
    </span>
  );
}

function End({ target }: { target: ForwardTarget }) {
  const { t } = useTranslation("services");
  const name = targetName(target, useNumberFormat(), t);
  return (
    <span className={styles.device} data-rings>
      <PeerAvatar userId={target.kind === "colleague" ? target.user_id : null} name={name} size={48} />
      <span className={styles.caption}>{name}</span>
    </span>
  );
}
