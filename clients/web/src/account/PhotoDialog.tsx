import { Button } from "@vector-im/compound-web";
import { useEffect, useRef, useState, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { accounts } from "../api/accounts";
import { errorWords } from "../api/errors";
import { Dialog } from "../ui/Dialog";
import { CENTRED, cropOf, cut, dragged, ZOOM_MAX, type Framing } from "./crop";
import styles from "./PhotoDialog.module.css";
import { refreshPhoto } from "./refreshPhoto";

/** Pixels of the preview's side. */
const SHOWN = 240;

/** Frames a picture to a square, by dragging or by the sliders, and makes it one's photo. */
export function PhotoDialog({ file, onClose }: { file: File; onClose: () => void }) {
  const { t } = useTranslation("account");
  const picture = useRef<HTMLImageElement>(null);
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  const [framing, setFraming] = useState<Framing>(CENTRED);
  const [state, setState] = useState<{ running: boolean; error: string | null }>({
    running: false,
    error: null,
  });
  useEffect(() => {
    const address = URL.createObjectURL(file);
    if (picture.current) picture.current.src = address;
    return () => URL.revokeObjectURL(address);
  }, [file]);
  const save = async (): Promise<void> => {
    if (!picture.current) return;
    setState({ running: true, error: null });
    try {
      await accounts.setPhoto(await cut(picture.current, framing));
      await refreshPhoto();
      onClose();
    } catch (error) {
      setState({ running: false, error: errorWords(error) });
    }
  };
  const unreadable = (): void => setState({ running: false, error: t("photo_unreadable") });
  const drag = (event: React.PointerEvent): void => {
    if (!size || event.buttons === 0) return;
    const by = { dx: event.movementX, dy: event.movementY };
    setFraming((now) => dragged(size, now, by, SHOWN));
  };
  return (
    <Dialog
      title={t("photo")}
      onClose={onClose}
      actions={
        <>
          <Button kind="secondary" size="md" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button size="md" disabled={!size || state.running} onClick={() => void save()}>
            {t("photo_save")}
          </Button>
        </>
      }
    >
      <div className={styles.body}>
        <div
          className={styles.frame}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={drag}
        >
          <img
            ref={picture}
            alt={t("photo_preview")}
            draggable={false}
            style={size ? placed(size, framing) : { visibility: "hidden" }}
            onError={unreadable}
            onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) =>
              width > 0 && height > 0 ? setSize({ width, height }) : unreadable()
            }
          />
        </div>
        <Slider
          label={t("photo_zoom")}
          min={1}
          max={ZOOM_MAX}
          value={framing.zoom}
          set={(zoom) => setFraming({ ...framing, zoom })}
        />
        <Slider
          label={t("photo_x")}
          min={-1}
          max={1}
          value={framing.x}
          set={(x) => setFraming({ ...framing, x })}
        />
        <Slider
          label={t("photo_y")}
          min={-1}
          max={1}
          value={framing.y}
          set={(y) => setFraming({ ...framing, y })}
        />
        <div role="alert">{state.error && <p className={styles.error}>{state.error}</p>}</div>
      </div>
    </Dialog>
  );
}

function placed(size: { width: number; height: number }, framing: Framing): CSSProperties {
  const { left, top, side } = cropOf(size.width, size.height, framing);
  const scale = SHOWN / side;
  return {
    inlineSize: size.width * scale,
    blockSize: size.height * scale,
    transform: `translate(${-left * scale}px, ${-top * scale}px)`,
  };
}

interface SliderProps {
  label: string;
  min: number;
  max: number;
  value: number;
  set: (value: number) => void;
}

function Slider({ label, min, max, value, set }: SliderProps) {
  return (
    <label className={styles.slider}>
      <span>{label}</span>
      <input
        type="range"
        min={min}
        max={max}
        step={0.05}
        value={value}
        onChange={(event) => set(event.target.valueAsNumber)}
      />
    </label>
  );
}
