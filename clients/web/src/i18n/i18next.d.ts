import "i18next";
import type admin from "../admin/locales/en.json";
import type adminCalls from "../admin/calls/locales/en.json";
import type account from "../account/locales/en.json";
import type api from "../api/locales/en.json";
import type app from "../app/locales/en.json";
import type blocking from "../blocking/locales/en.json";
import type calllog from "../calllog/locales/en.json";
import type calls from "../calls/locales/en.json";
import type chat from "../chat/locales/en.json";
import type contacts from "../contacts/locales/en.json";
import type dialpad from "../dialpad/locales/en.json";
import type home from "../home/locales/en.json";
import type outbox from "../outbox/locales/en.json";
import type people from "../people/locales/en.json";
import type phonebook from "../contacts/phonebook/locales/en.json";
import type permissions from "../permissions/locales/en.json";
import type services from "../services/locales/en.json";
import type session from "../session/locales/en.json";
import type voicemail from "../voicemail/locales/en.json";
import type ui from "../ui/locales/en.json";
import type signup from "../signup/locales/en.json";
import type devices from "../devices/locales/en.json";
import type guest from "../guest/locales/en.json";
import type meetingBreakouts from "../meetings/breakouts/locales/en.json";
import type meetingLinks from "../meetings/links/locales/en.json";
import type meetingList from "../meetings/list/locales/en.json";
import type meetingEffects from "../meetings/effects/locales/en.json";
import type meetingPreJoin from "../meetings/prejoin/locales/en.json";
import type meetingRoom from "../meetings/room/locales/en.json";
import type meetingVisitors from "../meetings/visitors/locales/en.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "app";
    resources: {
      admin: typeof admin;
      "admin/calls": typeof adminCalls;
      account: typeof account;
      api: typeof api;
      app: typeof app;
      blocking: typeof blocking;
      calllog: typeof calllog;
      calls: typeof calls;
      chat: typeof chat;
      contacts: typeof contacts;
      dialpad: typeof dialpad;
      home: typeof home;
      outbox: typeof outbox;
      people: typeof people;
      permissions: typeof permissions;
      "contacts/phonebook": typeof phonebook;
      services: typeof services;
      session: typeof session;
      signup: typeof signup;
      ui: typeof ui;
      voicemail: typeof voicemail;
      devices: typeof devices;
      guest: typeof guest;
      "meetings/breakouts": typeof meetingBreakouts;
      "meetings/links": typeof meetingLinks;
      "meetings/list": typeof meetingList;
      "meetings/effects": typeof meetingEffects;
      "meetings/prejoin": typeof meetingPreJoin;
      "meetings/room": typeof meetingRoom;
      "meetings/visitors": typeof meetingVisitors;
    };
  }
}
