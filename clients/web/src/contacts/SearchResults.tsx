import ChatIcon from "@vector-im/compound-design-tokens/assets/web/icons/chat";
import SearchIcon from "@vector-im/compound-design-tokens/assets/web/icons/search";
import VideoCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/video-call";
import VoiceCallIcon from "@vector-im/compound-design-tokens/assets/web/icons/voice-call-solid";
import type { ComponentType, SVGAttributes } from "react";
import { useTranslation } from "react-i18next";
import type { Contact } from "../api/phonebooks";
import { PersonAvatar } from "../people/PersonAvatar";
import { useNumberFormat } from "../numbers/numberFormat";
import type { Hit } from "../people/search";
import { MessageHitRow } from "../search/MessageHitRow";
import type { BarHit } from "./barHits";
import styles from "./SearchResults.module.css";
import type { SearchState } from "../people/useSearch";

interface Props {
  id: string;
  text: string;
  found: Omit<SearchState, "hits"> & { hits: readonly BarHit[] };
  active: number;
  onCall: (hit: BarHit, video?: boolean) => void;
  onChat: (hit: BarHit) => void;
}

/** The rows under the search field. The focus stays in the field: the pointer presses, the keys choose. */
export function SearchResults({ id, text, found, active, onCall, onChat }: Props) {
  const { t } = useTranslation("contacts");
  const waiting = found.query === "";
  const note = waiting ? t("search_searching") : found.failed ? t("search_failed") : null;
  const none = !waiting && !found.failed && !found.hits.some(isCalled);
  return (
    <div className={styles.popover} onPointerDown={(event) => event.preventDefault()}>
      <div id={id} role="grid" aria-label={t("search_results")} className={styles.rows}>
        {note && <p className={styles.note}>{note}</p>}
        {none && <p className={styles.note}>{t("search_none", { query: text })}</p>}
        {found.hits.map((hit, index) => {
          const row = { id: `${id}-${index}`, active: index === active };
          return isCalled(hit) ? (
            <Row
              key={hit.key}
              {...row}
              hit={hit}
              onCall={(video) => onCall(hit, video)}
              onChat={() => onChat(hit)}
            />
          ) : (
            <MessageRow key={hit.key} {...row} hit={hit} onOpen={() => onCall(hit)} />
          );
        })}
      </div>
      <div className="visually-hidden" role="status">
        {waiting ? "" : t("count", { count: found.hits.length })}
      </div>
    </div>
  );
}

const isCalled = (hit: BarHit): hit is Hit => hit.kind !== "message" && hit.kind !== "messages";

interface MessageRowProps {
  id: string;
  hit: Exclude<BarHit, Hit>;
  active: boolean;
  onOpen: () => void;
}

/** A message, or the way to all of them. */
function MessageRow({ id, hit, active, onOpen }: MessageRowProps) {
  const { t } = useTranslation("search");
  return (
    <div id={id} role="row" className={styles.row} aria-selected={active} data-kind={hit.kind}>
      <div role="gridcell" className={styles.main}>
        <button type="button" tabIndex={-1} className={styles.who} onClick={onOpen}>
          {hit.kind === "message" ? (
            <MessageHitRow hit={hit.message} />
          ) : (
            <>
              <SearchIcon className={styles.phone} width={20} height={20} aria-hidden />
              <span className={styles.words}>{t("all_messages", { query: hit.words })}</span>
            </>
          )}
        </button>
      </div>
    </div>
  );
}

interface RowProps {
  id: string;
  hit: Hit;
  active: boolean;
  onCall: (video: boolean) => void;
  onChat: () => void;
}

function Row({ id, hit, active, onCall, onChat }: RowProps) {
  const { t } = useTranslation("contacts");
  const format = useNumberFormat();
  const person = hit.kind === "person" ? hit.person : null;
  const contact = hit.kind === "contact" ? hit.contact : null;
  const name = person?.name ?? contact?.name ?? (hit.kind === "number" ? hit.display : "");
  return (
    <div id={id} role="row" className={styles.row} aria-selected={active} data-kind={hit.kind}>
      <div role="gridcell" className={styles.main}>
        <button type="button" tabIndex={-1} className={styles.who} onClick={() => onCall(false)}>
          {person || contact ? (
            <PersonAvatar
              userId={person?.user_id ?? hit.key}
              name={name}
              size={32}
              presence={person !== null}
            />
          ) : (
            <VoiceCallIcon className={styles.phone} width={20} height={20} aria-hidden />
          )}
          <span className={styles.words}>
            <span className={styles.name}>
              {hit.kind === "number" ? t("search_call_number", { number: name }) : name}
            </span>
            {person && (
              <span className={styles.more}>
                {[...person.extensions, ...person.numbers.map(format), person.email].join(" · ")}
              </span>
            )}
            {contact && <span className={styles.more}>{aboutContact(contact)}</span>}
          </span>
        </button>
      </div>
      {person && (
        <>
          <Action Icon={VoiceCallIcon} label={t("call_person", { name })} onClick={() => onCall(false)} />
          <Action Icon={VideoCallIcon} label={t("video_person", { name })} onClick={() => onCall(true)} />
          <Action Icon={ChatIcon} label={t("chat_person", { name })} onClick={onChat} />
        </>
      )}
    </div>
  );
}

function aboutContact({ name, organisation, numbers, emails }: Contact): string {
  const known = [...numbers.map((each) => each.display), ...emails.map((each) => each.address)];
  return [...(organisation && organisation !== name ? [organisation] : []), ...known].join(" · ");
}

interface ActionProps {
  Icon: ComponentType<SVGAttributes<SVGElement>>;
  label: string;
  onClick: () => void;
}

function Action({ Icon, label, onClick }: ActionProps) {
  return (
    <div role="gridcell">
      <button
        type="button"
        tabIndex={-1}
        className={styles.action}
        aria-label={label}
        title={label}
        onClick={onClick}
      >
        <Icon width={20} height={20} aria-hidden />
      </button>
    </div>
  );
}
