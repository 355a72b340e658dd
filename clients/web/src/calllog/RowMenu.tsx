import MoreIcon from "@vector-im/compound-design-tokens/assets/web/icons/overflow-horizontal";
import UserAddIcon from "@vector-im/compound-design-tokens/assets/web/icons/user-add";
import BlockIcon from "@vector-im/compound-design-tokens/assets/web/icons/block";
import { Menu, MenuItem } from "@vector-im/compound-web";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorWords } from "../api/errors";
import { blockedCallers, isBlocked, setBlocked } from "../blocking/blocked";
import { ContactEditor } from "../contacts/phonebook/ContactEditor";
import { useNumberFormat } from "../numbers/numberFormat";
import { useStore } from "../state/store";
import { toast } from "../ui/toasts";
import { loadCalls } from "../calls/log";
import styles from "./RowMenu.module.css";

/** What can be done about an outside number of the log, beside calling it; null is one that was withheld. */
export function RowMenu({ number, name }: { number: string | null; name: string }) {
  const { t } = useTranslation("calllog");
  const format = useNumberFormat();
  const [open, setOpen] = useState(false);
  const [adding, setAdding] = useState(false);
  const label = t("more_actions", { name });
  const blocked = isBlocked(useStore(blockedCallers), number);
  const action = blocked ? "unblock" : "block";
  const block = (wanted: boolean): void => {
    setBlocked(number, wanted).then(
      () => {
        const undo = { label: t("undo"), run: () => block(false) };
        if (wanted) toast("info", t("blocked_now", { name }), undo);
      },
      (refusal: unknown) => toast("error", errorWords(refusal)),
    );
  };
  return (
    <>
      <Menu
        title={label}
        showTitle={false}
        open={open}
        onOpenChange={setOpen}
        align="end"
        trigger={
          <button type="button" className={styles.more} aria-label={label} title={label}>
            <MoreIcon width={20} height={20} aria-hidden />
          </button>
        }
      >
        {number !== null && (
          <MenuItem
            Icon={UserAddIcon}
            label={t("add_to_phonebook")}
            hideChevron
            onSelect={() => setAdding(true)}
          />
        )}
        <MenuItem
          Icon={BlockIcon}
          kind={blocked ? "primary" : "critical"}
          label={t(number === null ? `${action}_withheld` : action)}
          hideChevron
          onSelect={() => block(!blocked)}
        />
      </Menu>
      {adding && number !== null && (
        <ContactEditor
          book="personal"
          contact={null}
          number={format(number)}
          onSaved={(contact) => {
            toast("success", t("added", { name: contact.name || contact.organisation }));
            // It has a name in the whole list now.
            void loadCalls();
          }}
          onClose={() => setAdding(false)}
        />
      )}
    </>
  );
}
