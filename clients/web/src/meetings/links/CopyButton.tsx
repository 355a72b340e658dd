import { Button } from "@vector-im/compound-web";
import CheckIcon from "@vector-im/compound-design-tokens/assets/web/icons/check";
import CopyIcon from "@vector-im/compound-design-tokens/assets/web/icons/copy";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  text: () => string;
  label: string;
  kind?: "primary" | "secondary";
}

const SAID_MS = 3_000;

/** Copies a text, and says on itself whether it did: there the eyes are. */
export function CopyButton({ text, label, kind = "primary" }: Props) {
  const { t } = useTranslation("meetings/links");
  const [done, setDone] = useState<"copied" | "copy_failed" | null>(null);
  useEffect(() => {
    if (done === null) return undefined;
    const timer = setTimeout(() => setDone(null), SAID_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = (): void => {
    navigator.clipboard.writeText(text()).then(
      () => setDone("copied"),
      () => setDone("copy_failed"),
    );
  };
  return (
    <>
      <Button kind={kind} size="md" Icon={done === "copied" ? CheckIcon : CopyIcon} onClick={copy}>
        {done === "copied" ? t("copied") : label}
      </Button>
      <span className="visually-hidden" role="status">
        {done && t(done)}
      </span>
    </>
  );
}
