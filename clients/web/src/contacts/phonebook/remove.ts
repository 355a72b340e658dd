import { errorWords } from "../../api/errors";
import { type Contact, phonebooks } from "../../api/phonebooks";
import { toast } from "../../ui/toasts";
import { i18n } from "../../i18n/i18n";

/**
 * Deletes a contact that is no longer shown, and offers to have it back; `restored` is called with what is to be
 * shown again, also when the server refused.
 */
export async function removeContact(contact: Contact, restored: (contact: Contact) => void): Promise<void> {
  try {
    await phonebooks.remove(contact.id);
  } catch (error) {
    restored(contact);
    toast("error", errorWords(error));
    return;
  }
  toast("info", i18n.t("deleted", { ns: "contacts/phonebook", name: contact.name }), {
    label: i18n.t("undo", { ns: "contacts/phonebook" }),
    run: () => void restore(contact, restored),
  });
}

/** It comes back as a new contact with all that it held, the star included. */
async function restore(contact: Contact, restored: (contact: Contact) => void): Promise<void> {
  const { phonebook, name, organisation, emails, notes, favourite } = contact;
  const numbers = contact.numbers.map(({ number, label }) => ({ number, label }));
  try {
    const added = await phonebooks.add(phonebook, { name, organisation, numbers, emails, notes });
    if (favourite) await phonebooks.mark({ kind: "contact", contact: added }, true);
    restored({ ...added, favourite });
  } catch (error) {
    toast("error", errorWords(error));
  }
}
