import {
  FloatingFocusManager,
  FloatingPortal,
  autoUpdate,
  flip,
  offset,
  shift,
  useClick,
  useDismiss,
  useFloating,
  useInteractions,
  useRole,
  type Placement,
} from "@floating-ui/react";
import { cloneElement, type ReactElement, type ReactNode } from "react";
import styles from "./Popover.module.css";

interface Props {
  /** What the panel is, for screen readers. */
  label: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The button; it gets the reference, the handlers and `aria-expanded`. */
  trigger: ReactElement<Record<string, unknown>>;
  placement?: Placement;
  children: ReactNode;
}

/** A panel beside the button that opens it; Escape or a press elsewhere closes it and gives the focus back. */
export function Popover({ label, open, onOpenChange, trigger, placement = "bottom-end", children }: Props) {
  const { refs, floatingStyles, context } = useFloating({
    open,
    onOpenChange,
    placement,
    whileElementsMounted: autoUpdate,
    middleware: [offset(8), flip({ padding: 8 }), shift({ padding: 8 })],
  });
  const { setReference, setFloating } = refs;
  const { getReferenceProps, getFloatingProps } = useInteractions([
    useClick(context),
    useDismiss(context),
    useRole(context, { role: "dialog" }),
  ]);
  return (
    <>
      {cloneElement(trigger, getReferenceProps({ ...trigger.props, ref: setReference }))}
      {open && (
        <FloatingPortal>
          <FloatingFocusManager context={context} modal={false}>
            <div
              ref={setFloating}
              className={styles.panel}
              style={floatingStyles}
              {...getFloatingProps({ "aria-label": label })}
            >
              {children}
            </div>
          </FloatingFocusManager>
        </FloatingPortal>
      )}
    </>
  );
}
