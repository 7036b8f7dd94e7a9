// The drift corpus: the headers of real browsers, what happens to them while a chat is open, and where that is written.
// It is data; what is promised of it stands in drift.test.ts, and docs/drift.md is made of it.

import { readFileSync } from 'node:fs';
import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';

export const levels = ['low', 'medium', 'high'] as const;
export type Level = (typeof levels)[number];

const closed = { additionalProperties: false } as const;
const HeaderChange = Type.Optional(Type.Union([Type.String(), Type.Null()]));
const MemberChanges = Type.Optional(Type.Record(Type.String(), Type.Unknown()));

/** Headers by name; null is a header, or a member of one, that is not sent. Objects change only the members they name. */
const HeaderChanges = Type.Object(
  {
    'user-agent': HeaderChange,
    'sec-ch-ua': HeaderChange,
    'sec-ch-ua-platform': HeaderChange,
    'accept-language': HeaderChange,
    usersettings: MemberChanges,
    webchatinfo: MemberChanges,
    decoders: MemberChanges,
  },
  closed,
);
export type HeaderChanges = Static<typeof HeaderChanges>;

const Change = Type.Object(
  {
    name: Type.String(),
    /** Keys of sources.json. */
    sources: Type.Array(Type.String(), { minItems: 1 }),
    /** The browser of browsers.json that it happens to. */
    browser: Type.String(),
    /** How its headers were before, where they differ from those of the browser. */
    before: Type.Optional(HeaderChanges),
    /** How they are afterwards, likewise. */
    after: HeaderChanges,
    acceptedAt: Type.Array(Type.Union([Type.Literal('low'), Type.Literal('medium'), Type.Literal('high')])),
    /** Why a known reject is one. */
    reason: Type.Optional(Type.String()),
  },
  closed,
);
export type Change = Static<typeof Change>;

const Browser = Type.Object(
  {
    name: Type.String(),
    family: Type.String(),
    os: Type.String(),
    /** Its User-Agent is that of another browser: without client hints nobody can tell. */
    toldByHintsOnly: Type.Optional(Type.Boolean()),
    note: Type.Optional(Type.String()),
    headers: HeaderChanges,
  },
  closed,
);
export type Browser = Static<typeof Browser>;

function read<Schema extends TSchema>(name: string, schema: Schema): Static<Schema> {
  const check = Compile(schema);
  const value: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'));
  if (check.Check(value)) return value;
  throw new TypeError(`${name}.json: ${JSON.stringify(check.Errors(value)[0])}`);
}

const kindNames = ['updates', 'time-and-place', 'language', 'privacy', 'media', 'client-hints'];

/** The changes that are followed, by kind. */
export const kinds = kindNames.map((name) =>
  read(name, Type.Object({ kind: Type.String(), changes: Type.Array(Change) }, closed)),
);

/** What is refused although it happens to honest visitors, each with the reason. */
export const knownRejects = read('known-rejects', Type.Array(Change));

/** Browsers and systems as they introduce themselves in November 2026. */
export const browsers = read('browsers', Type.Array(Browser));

/** Where it is written, and what it says there. */
export const sources = read(
  'sources',
  Type.Record(Type.String(), Type.Object({ url: Type.String({ pattern: '^https?://' }), says: Type.String() }, closed)),
);

/** The part of the signals that says nothing of the browser, the same for all, so that only the browser tells them apart. */
const page: HeaderChanges = {
  usersettings: { language: 'en-GB', cookieEnabled: true, userTimezone: 0 },
  webchatinfo: { loginTimestamp: '1794700800000' },
  decoders: {
    audio: { supported: true, smooth: true, powerEfficient: true },
    video: { supported: true, smooth: true, powerEfficient: true },
  },
};

/** The headers of a browser after changes, one upon the other. */
export function headersOf(browser: Browser, ...changes: readonly HeaderChanges[]): HeaderChanges {
  let headers: HeaderChanges = { ...page, ...browser.headers };
  for (const { usersettings, webchatinfo, decoders, ...plain } of changes) {
    headers = {
      ...headers,
      ...plain,
      usersettings: { ...headers.usersettings, ...usersettings },
      webchatinfo: { ...headers.webchatinfo, ...webchatinfo },
      decoders: { ...headers.decoders, ...decoders },
    };
  }
  return headers;
}

/** The headers before and after a change. */
export function bothSides({ browser: name, before = {}, after }: Change): readonly [HeaderChanges, HeaderChanges] {
  const browser = browsers.find((candidate) => candidate.name === name);
  if (browser === undefined) throw new TypeError(`No browser of the corpus is called "${name}".`);
  return [headersOf(browser, before), headersOf(browser, after)];
}

/** The same browser when it sends no client hints. */
export const withoutHints: HeaderChanges = { 'sec-ch-ua': null, 'sec-ch-ua-platform': null };
