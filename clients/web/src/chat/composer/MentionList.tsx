import { useTranslation } from "react-i18next";
import { PersonAvatar } from "../../people/PersonAvatar";
import styles from "./MentionList.module.css";
import type { MentionState } from "./useMentions";

/** The people that the `@…` being typed may mean. The keyboard is the text area's. */
export function MentionList({ state }: { state: MentionState }) {
  const { t } = useTranslation("chat");
  if (state.options.length === 0) return null;
  return (
    <ul id={state.listId} role="listbox" className={styles.list} aria-label={t("mention_list")}>
      {state.options.map((mention, index) => (
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the text area has the keys
        <li
          key={mention.userId}
          id={`${state.listId}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === state.active}
          className={styles.option}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => state.pick(mention)}
        >
          <PersonAvatar userId={mention.userId} name={mention.name} size={24} />
          {mention.name}
        </li>
      ))}
    </ul>
  );
}
