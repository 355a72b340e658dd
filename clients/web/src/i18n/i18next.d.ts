import "i18next";
import type api from "../api/locales/en.json";
import type app from "../app/locales/en.json";
import type calllog from "../calllog/locales/en.json";
import type calls from "../calls/locales/en.json";
import type chat from "../chat/locales/en.json";
import type contacts from "../contacts/locales/en.json";
import type dialpad from "../dialpad/locales/en.json";
import type home from "../home/locales/en.json";
import type people from "../people/locales/en.json";
import type phonebook from "../phonebook/locales/en.json";
import type session from "../session/locales/en.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "app";
    resources: {
      api: typeof api;
      app: typeof app;
      calllog: typeof calllog;
      calls: typeof calls;
      chat: typeof chat;
      contacts: typeof contacts;
      dialpad: typeof dialpad;
      home: typeof home;
      people: typeof people;
      phonebook: typeof phonebook;
      session: typeof session;
    };
  }
}
