import DownloadIcon from "@vector-im/compound-design-tokens/assets/web/icons/download";
import { useTranslation } from "react-i18next";
import { DayChoice, SelectChoice } from "../ui/choices";
import { FilterBar } from "../ui/FilterBar";
import { RoundButton } from "../ui/RoundButton";
import { SearchField } from "../ui/SearchField";
import { askedBy, type Choice, EVERYTHING, exportUrl, KINDS, narrowing, PERIODS, WHERES } from "./choice";

interface Props {
  choice: Choice;
  onChange: (choice: Choice) => void;
}

/** Narrows the log: by words or a number, and behind a button by direction, place and time. */
export function ChoiceBar({ choice, onChange }: Props) {
  const { t } = useTranslation("calllog");
  return (
    <FilterBar
      field={
        <SearchField
          label={t("search")}
          value={choice.words}
          onChange={(words) => onChange({ ...choice, words })}
        />
      }
      more={
        <RoundButton Icon={DownloadIcon} label={t("export")} kind="quiet" onClick={() => download(choice)} />
      }
      count={narrowing(choice)}
      onReset={() => onChange({ ...EVERYTHING, words: choice.words })}
    >
      <SelectChoice
        label={t("kind")}
        values={KINDS}
        value={choice.kind}
        words={(each) => t(`kind_${each}`)}
        onChoose={(kind) => onChange({ ...choice, kind })}
      />
      <SelectChoice
        label={t("where")}
        values={WHERES}
        value={choice.where}
        words={(each) => t(`where_${each}`)}
        onChoose={(where) => onChange({ ...choice, where })}
      />
      <SelectChoice
        label={t("period")}
        values={PERIODS}
        value={choice.period}
        words={(each) => t(`period_${each}`)}
        onChoose={(period) => onChange({ ...choice, period })}
      />
      {choice.period === "dates" && (
        <>
          <DayChoice
            label={t("from")}
            value={choice.from}
            onChoose={(from) => onChange({ ...choice, from })}
          />
          <DayChoice label={t("to")} value={choice.to} onChoose={(to) => onChange({ ...choice, to })} />
        </>
      )}
    </FilterBar>
  );
}

/** The calls that are shown, as a file. */
function download(choice: Choice): void {
  const link = document.createElement("a");
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  link.href = exportUrl(askedBy(choice, new Date()), timeZone);
  link.download = "";
  link.click();
}
