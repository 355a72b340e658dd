import DeskPhoneIcon from "@vector-im/compound-design-tokens/assets/web/icons/devices";
import MergeIcon from "@vector-im/compound-design-tokens/assets/web/icons/group";
import MobileIcon from "@vector-im/compound-design-tokens/assets/web/icons/mobile";
import MoreIcon from "@vector-im/compound-design-tokens/assets/web/icons/overflow-horizontal";
import ParkIcon from "@vector-im/compound-design-tokens/assets/web/icons/hourglass";
import StopIcon from "@vector-im/compound-design-tokens/assets/web/icons/stop-solid";
import AddIcon from "@vector-im/compound-design-tokens/assets/web/icons/user-add";
import VideoIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import { Menu, MenuItem } from "@vector-im/compound-web";
import { type ComponentProps, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNumberFormat } from "../../numbers/numberFormat";
import { usePerson } from "../../people/people";
import { useMe } from "../../session/session";
import { useMayMeet } from "./useMayMeet";
import { useStore } from "../../state/store";
import { RoundButton } from "../../ui/RoundButton";
import { mobile as mobilePhone } from "../bell";
import type { CallSnapshot } from "../call";
import { togglePanel } from "../island/panel";
import { useCalls } from "../useCalls";
import { mayStop, useRecording } from "../recording/useRecording";
import { meet, merge, moveToDeskPhone, moveToMobile, park, record } from "./commands";

interface Props {
  call: CallSnapshot;
  size: ComponentProps<typeof RoundButton>["size"];
  disabled: boolean;
  /** Over the dark ground of a call at full size, at whose foot the controls are. */
  onStage: boolean;
  /** Whether adding somebody stands here; where it has a button of its own it does not. */
  adds: boolean;
}

/** What is done with a call now and then: adding somebody, making one of two, parking, going on elsewhere. */
export function CallMenu({ call, size, disabled, onStage, adds }: Props) {
  const { t } = useTranslation("calls");
  const format = useNumberFormat();
  const [open, setOpen] = useState(false);
  const others = useCalls().calls.filter((other) => other.id !== call.id && other.connectedAt !== null);
  const meets = useMayMeet(call);
  const stops = mayStop(useRecording(call));
  const deskPhone = usePerson(useMe().user_id)?.desk_phone ?? false;
  const mobile = useStore(mobilePhone);
  return (
    <Menu
      title={t("more")}
      showTitle={false}
      open={open}
      onOpenChange={setOpen}
      align="end"
      side={onStage ? "top" : "bottom"}
      {...(onStage && { className: "cpd-theme-dark" })}
      trigger={<RoundButton Icon={MoreIcon} label={t("more")} size={size ?? "small"} disabled={disabled} />}
    >
      {adds && (
        <MenuItem Icon={AddIcon} label={t("add")} hideChevron onSelect={() => togglePanel(call.id, "add")} />
      )}
      {others.map((other) => (
        <MenuItem
          key={other.id}
          Icon={MergeIcon}
          label={t("merge_with", { name: format(other.peer.name) })}
          hideChevron
          onSelect={() => void merge(call.id, other.id)}
        />
      ))}
      {meets && (
        <MenuItem Icon={VideoIcon} label={t("meet")} hideChevron onSelect={() => void meet(call.id)} />
      )}
      {stops && (
        <MenuItem
          Icon={StopIcon}
          label={t("record_stop")}
          hideChevron
          onSelect={() => void record(call.id, "stop")}
        />
      )}
      <MenuItem Icon={ParkIcon} label={t("park")} hideChevron onSelect={() => void park(call.id)} />
      {deskPhone && (
        <MenuItem
          Icon={DeskPhoneIcon}
          label={t("move_to_desk_phone")}
          hideChevron
          onSelect={() => void moveToDeskPhone(call.id)}
        />
      )}
      {mobile && (
        <MenuItem
          Icon={MobileIcon}
          label={t("move_to_mobile")}
          hideChevron
          onSelect={() => void moveToMobile(call.id)}
        />
      )}
    </Menu>
  );
}
