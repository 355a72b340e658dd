import { EncryptionChoice } from "../prejoin/EncryptionChoice";
import { encryptionPossible } from "../session/encryptable";

interface Props {
  value: boolean;
  onChange: (on: boolean) => void;
}

/** Whether a new meeting is encrypted from end to end; nothing where this browser could not join it then. */
export function Encrypted({ value, onChange }: Props) {
  return (
    <EncryptionChoice
      encrypted={false}
      canEncrypt={encryptionPossible()}
      value={value}
      disabled={false}
      onChange={onChange}
    />
  );
}
