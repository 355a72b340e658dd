import DevicesIcon from "@vector-im/compound-design-tokens/assets/web/icons/devices";
import ExpandIcon from "@vector-im/compound-design-tokens/assets/web/icons/full-screen";
import BreakoutsIcon from "@vector-im/compound-design-tokens/assets/web/icons/space";
import HandIcon from "@vector-im/compound-design-tokens/assets/web/icons/raised-hand-solid";
import MoreIcon from "@vector-im/compound-design-tokens/assets/web/icons/overflow-horizontal";
import PopOutIcon from "@vector-im/compound-design-tokens/assets/web/icons/pop-out";
import ScreenIcon from "@vector-im/compound-design-tokens/assets/web/icons/share-screen";
import ShareIcon from "@vector-im/compound-design-tokens/assets/web/icons/link";
import { Menu, MenuItem, Separator } from "@vector-im/compound-web";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { RoundButton } from "../../ui/RoundButton";
import { useStore } from "../../state/store";
import { inMeeting } from "../session/meeting";
import type { MeetingSnapshot } from "../session/types";
import styles from "./Controls.module.css";
import { canShare } from "./Controls";
import { DeviceDialog } from "./DeviceDialog";
import { canPip, openPip } from "./pip";
import { RecordItems } from "./RecordItems";
import { layoutChoice, type LayoutChoice } from "./useStage";

const ShareDialog = lazy(() => import("../links/ShareDialog").then((m) => ({ default: m.ShareDialog })));

const LAYOUTS: readonly LayoutChoice[] = ["auto", "grid", "speaker"];

interface Props {
  meeting: MeetingSnapshot;
  phone: boolean;
  /** Null for who may not divide the meeting. */
  onBreakouts: (() => void) | null;
}

/** Whatever is not worth a button of its own. */
export function MoreMenu({ meeting, phone, onBreakouts }: Props) {
  const { t } = useTranslation("meetings/room");
  const [open, setOpen] = useState(false);
  const [dialog, setDialog] = useState<"devices" | "share" | null>(null);
  const session = inMeeting();
  return (
    <>
      <Menu
        title={t("more")}
        showTitle={false}
        open={open}
        onOpenChange={setOpen}
        side="top"
        align="center"
        trigger={<RoundButton Icon={MoreIcon} label={t("more")} />}
      >
        <LayoutRow />
        <Separator />
        {phone && (
          <MenuItem
            Icon={HandIcon}
            label={t(meeting.hand === null ? "hand_raise" : "hand_lower")}
            hideChevron
            onSelect={() => void session?.setHand(meeting.hand === null)}
          />
        )}
        {phone && canShare() && (
          <MenuItem
            Icon={ScreenIcon}
            label={t(meeting.screen ? "screen_stop" : "screen_start")}
            hideChevron
            onSelect={() => void session?.setScreen(!meeting.screen)}
          />
        )}
        {meeting.roomId && (
          <MenuItem Icon={ShareIcon} label={t("invite")} hideChevron onSelect={() => setDialog("share")} />
        )}
        {onBreakouts && (
          <MenuItem
            Icon={BreakoutsIcon}
            label={t("menu", { ns: "meetings/breakouts" })}
            hideChevron
            onSelect={onBreakouts}
          />
        )}
        <RecordItems meeting={meeting} />
        <MenuItem Icon={DevicesIcon} label={t("devices")} hideChevron onSelect={() => setDialog("devices")} />
        {canPip() && (
          <MenuItem Icon={PopOutIcon} label={t("pip")} hideChevron onSelect={() => void openPip()} />
        )}
        {document.fullscreenEnabled && <FullScreenItem />}
      </Menu>
      {dialog === "devices" && <DeviceDialog meeting={meeting} onClose={() => setDialog(null)} />}
      {dialog === "share" && meeting.roomId && (
        <Suspense>
          <ShareDialog roomId={meeting.roomId} onClose={() => setDialog(null)} />
        </Suspense>
      )}
    </>
  );
}

function FullScreenItem() {
  const { t } = useTranslation("meetings/room");
  const on = document.fullscreenElement !== null;
  const toggle = (): void => {
    // A browser that refuses leaves the page as it is.
    const done = on ? document.exitFullscreen() : document.documentElement.requestFullscreen();
    done.catch(() => undefined);
  };
  return (
    <MenuItem
      Icon={ExpandIcon}
      label={t(on ? "full_screen_off" : "full_screen")}
      hideChevron
      onSelect={toggle}
    />
  );
}

function LayoutRow() {
  const { t } = useTranslation("meetings/room");
  const chosen = useStore(layoutChoice);
  return (
    <div className={styles.row} role="group" aria-label={t("layout")}>
      <span aria-hidden>{t("layout")}</span>
      <span className={styles.segments}>
        {LAYOUTS.map((layout) => (
          <button
            key={layout}
            type="button"
            role="menuitemradio"
            aria-checked={layout === chosen}
            className={styles.segment}
            onClick={() => layoutChoice.set(layout)}
          >
            {t(`layout_${layout}`)}
          </button>
        ))}
      </span>
    </div>
  );
}
