import { useEffect, useMemo, useState } from "react";
import { api } from "../api/client";
import { type Entry, phonebooks, type Tab } from "../api/phonebooks";
import { createEntryList, type EntryList, isFavourite } from "./entries";

const DEBOUNCE_MS = 150;

/** The list of a tab. */
export function useTab(tab: Tab): EntryList {
  const list = useMemo(() => createEntryList((cursor) => phonebooks.tab(tab, cursor)), [tab]);
  useEffect(() => void list.load(), [list]);
  return list;
}

/**
 * Whom the server finds by name, number or e-mail among `tab`'s entries ("all": among everybody);
 * null while nothing is looked for. It is asked once typing pauses.
 */
export function useFound(text: string, tab: Tab): { query: string; list: EntryList } | null {
  const [query, setQuery] = useState("");
  const wanted = text.trim();
  useEffect(() => {
    const timer = setTimeout(() => setQuery(wanted), wanted ? DEBOUNCE_MS : 0);
    return () => clearTimeout(timer);
  }, [wanted]);
  const list = useMemo(
    () =>
      createEntryList(async () => {
        const { results } = await api.search(query);
        const entries = results.filter((result): result is Entry => result.kind !== "number");
        return { entries: entries.filter((entry) => belongsTo(entry, tab)), next: null };
      }),
    [query, tab],
  );
  useEffect(() => {
    if (query) void list.load();
  }, [list, query]);
  return query && wanted ? { query, list } : null;
}

function belongsTo(entry: Entry, tab: Tab): boolean {
  if (tab === "company" || tab === "personal")
    return entry.kind === "contact" && entry.contact.phonebook === tab;
  return tab !== "favourites" || isFavourite(entry);
}
