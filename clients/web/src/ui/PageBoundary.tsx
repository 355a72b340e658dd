import { Button } from "@vector-im/compound-web";
import ErrorIcon from "@vector-im/compound-design-tokens/assets/web/icons/error";
import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "./Empty";

/**
 * Keeps a fault of one page from taking the shell (and a call in progress) with it. The usual one: the server was
 * upgraded, and a part of the old client is no longer there to be loaded; loading again brings the new one.
 */
export class PageBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <PageFailed /> : this.props.children;
  }
}

function PageFailed() {
  const { t } = useTranslation();
  const reload = <Button onClick={() => window.location.reload()}>{t("reload")}</Button>;
  return <Empty Icon={ErrorIcon} title={t("page_failed")} text={t("page_failed_text")} action={reload} />;
}
