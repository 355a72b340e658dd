import DialPadIcon from "@vector-im/compound-design-tokens/assets/web/icons/dial-pad";
import { useTranslation } from "react-i18next";
import type { DialIn } from "../../api/meetings";
import { ownTelLink } from "../../calls/telLinks";
import { useNumberFormat } from "../../numbers/numberFormat";
import styles from "./Links.module.css";
import { inGroups, telLink } from "./words";

/** How to come by telephone: what to dial, and the PIN in groups that can be read out. */
export function DialInDetails({ dialIn }: { dialIn: DialIn }) {
  const { t } = useTranslation("meetings/links");
  const format = useNumberFormat();
  return (
    <dl className={styles.dialIn} data-testid="dial-in">
      <DialPadIcon width={24} height={24} aria-hidden />
      {dialIn.numbers.length > 0 && (
        <div>
          <dt>{t("dial")}</dt>
          {dialIn.numbers.map((number) => (
            <dd key={number}>
              <a className={styles.number} href={telLink(number, dialIn.pin)} {...ownTelLink}>
                {format(number)}
              </a>
            </dd>
          ))}
        </div>
      )}
      {dialIn.extension !== null && (
        <div>
          <dt>{t("dial_inside")}</dt>
          <dd>{dialIn.extension}</dd>
        </div>
      )}
      <div>
        <dt>{t("pin")}</dt>
        <dd className={styles.pin}>{inGroups(dialIn.pin)}</dd>
      </div>
    </dl>
  );
}
