import SearchIcon from "@vector-im/compound-design-tokens/assets/web/icons/search";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLayout } from "../ui/layout";
import { navigate, paths } from "../routes/routes";
import { callUser, dial } from "../calls/place";
import { isNumberLike } from "../numbers/number";
import { useMe } from "../session/session";
import { openChat } from "./openChat";
import { moved, numberOf } from "../people/search";
import { useMessages } from "../search/useMessages";
import { type BarHit, withMessages } from "./barHits";
import { SearchResults } from "./SearchResults";
import styles from "./TopBarSearch.module.css";
import { firstHit, useSearch } from "../people/useSearch";

/** Messages that are shown under the people. */
const MESSAGES = 3;

/**
 * Finds people by name, number or e-mail and calls them: Enter calls, Shift+Enter opens the chat,
 * a typed number is dialled as it stands. Messages stand below: Enter opens them.
 */
export function TopBarSearch() {
  const { t } = useTranslation("contacts");
  const phone = useLayout() === "phone";
  const me = useMe().user_id;
  const listId = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState({ query: "", index: 0 });
  const people = useSearch(text, me);
  const messages = useMessages(text.trim(), MESSAGES);
  const hits = withMessages(text.trim(), people.hits, messages);
  const found = { ...people, hits };
  const shown = open && text.trim() !== "";
  useSlash(field);
  const active = chosen.query === found.query ? chosen.index : 0;
  const move = (step: 1 | -1): void =>
    setChosen({ query: found.query, index: moved(active, step, found.hits.length) });

  const close = (): void => {
    setText("");
    setOpen(false);
  };
  const call = (hit: BarHit, video = false): void => {
    close();
    if (hit.kind === "messages") return navigate(paths.search(hit.words));
    if (hit.kind === "message") return navigate(paths.message(hit.message.room_id, hit.message.event_id));
    if (hit.kind === "person") return void callUser(hit.person.user_id, video);
    const number = hit.kind === "number" ? hit.number : numberOf(hit.contact, text);
    if (number) void dial(number);
    else navigate(paths.contacts);
  };
  const chat = (hit: BarHit): void => {
    if (hit.kind !== "person") return call(hit);
    close();
    void openChat(hit.person.user_id);
  };
  const onEnter = (event: KeyboardEvent): void => {
    const hit = found.query === text.trim() ? found.hits[active] : undefined;
    if (hit && event.shiftKey) return chat(hit);
    if (hit) return call(hit);
    if (isNumberLike(text)) {
      close();
      void dial(text.trim());
    } else {
      void firstHit(text.trim(), me).then(
        (first) => first && call(first),
        () => undefined, // the list says that the search did not work
      );
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter") onEnter(event);
    else if (event.key === "Escape" && text) close();
    else return;
    event.preventDefault();
  };
  const hit = shown ? found.hits[active] : undefined;
  return (
    <div className={styles.root} role="search">
      <SearchIcon className={styles.icon} width={20} height={20} aria-hidden />
      <input
        ref={field}
        className={styles.field}
        type="text"
        role="combobox"
        inputMode="search"
        autoComplete="off"
        aria-label={t("search_label")}
        aria-expanded={shown}
        aria-haspopup="grid"
        aria-controls={shown ? listId : undefined}
        aria-activedescendant={hit ? `${listId}-${active}` : undefined}
        placeholder={t(phone ? "search_short" : "search_placeholder")}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        // Presses on the rows do not take the focus, so this is a departure.
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      {!phone && !text && (
        <kbd className={styles.key} aria-hidden>
          /
        </kbd>
      )}
      {shown && (
        <SearchResults
          id={listId}
          text={text.trim()}
          found={found}
          active={active}
          onCall={call}
          onChat={chat}
        />
      )}
    </div>
  );
}

/** "/" goes to the search from anywhere where it is not typed as text. */
function useSlash(field: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      const typing = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
      if (event.key !== "/" || typing || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [field]);
}
