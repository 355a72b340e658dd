import { Heading } from "@vector-im/compound-web";
import { useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "../ui/title";
import { Logo } from "../ui/Logo";
import { LANGUAGES, language, setLanguage } from "../i18n/i18n";
import styles from "./Door.module.css";

interface Props {
  title: string;
  /** One or two sentences under the title. */
  lead?: ReactNode;
  children?: ReactNode;
  /**
   * What distinguishes the steps of one page: when it changes, the title takes the focus, so that a screen reader
   * says where one is. A field with `autoFocus` takes it from there.
   */
  step?: string;
}

/** The frame of all pages in front of the product: logo, title, a narrow column, the languages. */
export function Door({ title, lead, children, step = "" }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(step);
  usePageTitle(title);
  useEffect(() => {
    if (shown.current === step) return;
    shown.current = step;
    const inside = heading.current?.parentElement?.contains(document.activeElement);
    if (!inside || document.activeElement === document.body) heading.current?.focus();
  }, [step]);
  return (
    <div className={styles.page}>
      <main className={styles.card}>
        <Logo size={48} />
        <Heading
          as="h1"
          size="md"
          weight="semibold"
          tabIndex={-1}
          ref={heading}
          className={styles.title ?? ""}
        >
          {title}
        </Heading>
        {lead && <p className={styles.lead}>{lead}</p>}
        {children}
      </main>
      <Languages />
    </div>
  );
}

function Languages() {
  const { t } = useTranslation();
  return (
    <nav className={styles.languages} aria-label={t("language")}>
      {LANGUAGES.map((each) => (
        <button
          key={each}
          type="button"
          lang={each}
          className={styles.language}
          aria-pressed={each === language()}
          onClick={() => setLanguage(each)}
        >
          {t(`language_${each}`)}
        </button>
      ))}
    </nav>
  );
}
