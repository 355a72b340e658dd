import { BigIcon, Heading, Text } from "@vector-im/compound-web";
import type { ComponentType, ReactNode, SVGAttributes } from "react";
import styles from "./Empty.module.css";

interface Props {
  Icon: ComponentType<SVGAttributes<SVGElement>>;
  title: string;
  text?: string;
  /** One thing to do about it. */
  action?: ReactNode;
}

/** What a page or list says when it has nothing to show, or could not load. */
export function Empty({ Icon, title, text, action }: Props) {
  return (
    <div className={styles.empty}>
      <BigIcon>
        <Icon />
      </BigIcon>
      <Heading as="h2" size="sm" weight="semibold">
        {title}
      </Heading>
      {text && (
        <Text size="md" className={styles.text ?? ""}>
          {text}
        </Text>
      )}
      {action}
    </div>
  );
}
