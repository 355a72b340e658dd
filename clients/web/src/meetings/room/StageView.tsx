import { useTranslation } from "react-i18next";
import type { ParticipantSnapshot } from "../session/types";
import { type Area, GAP, gridFor } from "./arrange";
import styles from "./StageView.module.css";
import { Tile } from "./Tile";
import { useArea } from "./useArea";
import { type Stage, type TileSpec, useStage } from "./useStage";

/** Everybody who is seen, in a grid or around the one who speaks. */
export function StageView({ people }: { people: readonly ParticipantSnapshot[] }) {
  const { t } = useTranslation("meetings/room");
  const [element, area] = useArea<HTMLDivElement>();
  const stage = useStage(people, area);
  return (
    <div ref={element} className={styles.stage} data-layout={stage.layout} data-testid="stage">
      {area.width > 0 &&
        (stage.main ? (
          <Around stage={stage} main={stage.main} area={area} />
        ) : (
          <Grid tiles={stage.tiles} area={area} />
        ))}
      {stage.hidden > 0 && <p className={styles.hidden}>{t("hidden", { count: stage.hidden })}</p>}
    </div>
  );
}

function Grid({ tiles, area }: { tiles: readonly TileSpec[]; area: Area }) {
  const { columns, tile } = gridFor(tiles.length, area);
  const size = { inlineSize: tile.width, blockSize: tile.height };
  return (
    <div className={styles.grid} style={{ inlineSize: columns * tile.width + (columns - 1) * GAP, gap: GAP }}>
      {tiles.map(({ key, ...spec }) => (
        <Tile key={key} {...spec} style={size} width={tile.width} />
      ))}
    </div>
  );
}

const STRIP = { desktop: { width: 208, height: 117 }, phone: { width: 124, height: 93 } };

/** One large in the middle; the others small, beside it in a wide window and below it in a tall one. */
function Around({ stage, main, area }: { stage: Stage; main: TileSpec; area: Area }) {
  const tall = area.height > area.width;
  const small = area.width < 700 ? STRIP.phone : STRIP.desktop;
  const strip = stage.tiles.length > 0;
  const taken = strip ? (tall ? small.height : small.width) + GAP : 0;
  const large = tall
    ? { inlineSize: area.width, blockSize: area.height - taken }
    : { inlineSize: area.width - taken, blockSize: area.height };
  const { key, ...spec } = main;
  return (
    <div className={styles.around} data-tall={tall || undefined} style={{ gap: GAP }}>
      <Tile key={key} {...spec} style={large} width={large.inlineSize} />
      {strip && (
        <div className={styles.strip} style={{ gap: GAP }}>
          {stage.tiles.map(({ key: tileKey, ...each }) => (
            <Tile
              key={tileKey}
              {...each}
              style={{ inlineSize: small.width, blockSize: small.height }}
              width={small.width}
            />
          ))}
        </div>
      )}
    </div>
  );
}
