// Every setting, once: its name, what it takes, its default and what it is for. Types, checks, `--help` and the
// reference page follow from this table. Each is an environment variable and a flag of the same name:
// GANGWAY_DATA_DIR is --data-dir.

import {
  type Address,
  readAddress,
  readBoolean,
  readList,
  readNetwork,
  readPort,
  readText,
  readUrl,
  Wrong,
} from './read-setting.ts';
import { StartError } from './start-error.ts';

/** How a setting is read. */
interface Setting<Value> {
  /** What stands after the name in `--help`. */
  readonly takes: string;
  readonly description: string;
  /** Where nothing is set. */
  readonly default: Value;
  /** How the default reads, where its value does not say it. */
  readonly defaultText?: string;
  /** Whether its value must never be shown. */
  readonly secret?: boolean;
  /** Reads the text; gives the reason where it is wrong. */
  readonly read: (text: string) => Value | Wrong;
}

const setting = <Value>(definition: Setting<Value>): Setting<Value> => definition;
const logLevels = ['debug', 'info', 'warn', 'error', 'silent'];
const serviceUrl = (service: string) =>
  setting<string | undefined>({
    takes: 'URL',
    default: undefined,
    defaultText: 'in this process',
    description: `Where ${service} is found when it does not run in this process: the address of its service listener.`,
    read: readUrl,
  });

/** The settings, by the name that stands after `GANGWAY_`. */
export const settings = {
  PORT: setting({
    takes: 'PORT',
    default: 4000,
    description: 'The public port, for visitors. 0 takes a free one.',
    read: readPort,
  }),
  HOST: setting({
    takes: 'HOST',
    default: '127.0.0.1',
    description: 'The address that the public port listens on. Set 0.0.0.0 (or ::) to be reached from other machines.',
    read: readText,
  }),
  ADMIN_PORT: setting<Address>({
    takes: '[HOST:]PORT',
    default: { host: '127.0.0.1', port: 4001 },
    defaultText: '4001, loopback',
    description: 'Health, metrics, and what the command line asks.',
    read: readAddress,
  }),
  SERVICE_PORT: setting<Address>({
    takes: '[HOST:]PORT',
    default: { host: '127.0.0.1', port: 4002 },
    defaultText: '4002, loopback',
    description: 'What backends and other services call.',
    read: readAddress,
  }),
  DATA_DIR: setting({
    takes: 'FOLDER',
    default: './data',
    description: 'The folder of what must last. Processes that run apart have one each.',
    read: readText,
  }),
  CONFIG: setting<string | undefined>({
    takes: 'FILE',
    default: undefined,
    defaultText: 'none: a demo account is made',
    description: 'A JSON or YAML file that declares accounts and deployments; applied at every start.',
    read: readText,
  }),
  KEK: setting<string | undefined>({
    takes: 'KEY',
    default: undefined,
    defaultText: 'a file kek in the data folder',
    secret: true,
    description: 'The key-encryption key, 32 bytes as base64url: wraps the root keys at rest.',
    read: readText,
  }),
  KEK_PROVIDER: setting<string | undefined>({
    takes: 'FILE',
    default: undefined,
    defaultText: 'none',
    description:
      'A module whose default export wraps and unwraps the root keys, in place of GANGWAY_KEK: your key management service.',
    read: readText,
  }),
  FORMER_KEK: setting<string | undefined>({
    takes: 'KEY',
    default: undefined,
    defaultText: 'none',
    secret: true,
    description: 'The key-encryption key that GANGWAY_KEK replaces: the root keys are wrapped anew at the start.',
    read: readText,
  }),
  REVOCATION_AGE_SECONDS_MAX: setting<number | undefined>({
    takes: 'SECONDS',
    default: undefined,
    defaultText: 'no limit',
    description: 'Tokens are refused where this node has not heard of revocations for so long.',
    read: (text): number | Wrong =>
      /^\d{1,7}$/.test(text) && Number(text) >= 5 ? Number(text) : new Wrong('seconds of at least 5'),
  }),
  PUBLIC_URLS: setting<readonly string[]>({
    takes: 'URL,…',
    default: [],
    defaultText: 'the address of the public port',
    description: 'The addresses that visitors use: the first for links, all for proofs of possession.',
    read: readList(readUrl),
  }),
  TRUSTED_PROXIES: setting<readonly string[]>({
    takes: 'ADDRESS,…',
    default: [],
    defaultText: 'nobody',
    description: 'Whose X-Forwarded-* headers count: addresses or networks of your proxies.',
    read: readList(readNetwork),
  }),
  TLS_CERT: setting<string | undefined>({
    takes: 'FILE',
    default: undefined,
    defaultText: 'no TLS',
    description: 'The certificate chain of the public port (PEM), with GANGWAY_TLS_KEY.',
    read: readText,
  }),
  TLS_KEY: setting<string | undefined>({
    takes: 'FILE',
    default: undefined,
    defaultText: 'no TLS',
    description: 'The private key of the public port (PEM).',
    read: readText,
  }),
  FLEX_WEBCHAT_ORCHESTRATOR_URL: serviceUrl('FlexWebchatOrchestrator'),
  FEDERATED_AUTH_URL: serviceUrl('Federated Auth'),
  SCOPED_AUTH_URL: serviceUrl('Scoped Auth'),
  FLEX_CONFIGURATION_URL: serviceUrl('Flex Configuration'),
  SERVICE_SECRET: setting<string | undefined>({
    takes: 'SECRET',
    default: undefined,
    defaultText: 'none: services run in one process',
    secret: true,
    description: 'At least 32 characters, the same in all processes: signs the calls between them.',
    read: (text) =>
      text.length >= 32 ? text : new Wrong('at least 32 characters, such as the output of: openssl rand -base64 32'),
  }),
  CLOCK_LEEWAY_SECONDS: setting({
    takes: 'SECONDS',
    default: 60,
    description: 'How far the clocks of two machines may be apart.',
    read: (text): number | Wrong =>
      /^\d{1,3}$/.test(text) && Number(text) <= 300 ? Number(text) : new Wrong('seconds from 0 to 300'),
  }),
  CONVERSATION_RETENTION_DAYS: setting({
    takes: 'DAYS',
    default: 30,
    description: 'For so long the record of a conversation is kept; then it is deleted.',
    read: (text): number | Wrong =>
      /^\d{1,4}$/.test(text) && Number(text) >= 1 ? Number(text) : new Wrong('days from 1 to 9999'),
  }),
  CONVERSATION_WEBHOOK_URL: setting<string | undefined>({
    takes: 'URL',
    default: undefined,
    defaultText: 'none',
    description: 'Your chat system, which is told of each conversation that Init opens (signed as Standard Webhooks define).',
    read: (text): string | Wrong =>
      /^https?:/.test(URL.parse(text)?.protocol ?? '') ? text : new Wrong('an http or https address'),
  }),
  CONVERSATION_WEBHOOK_SECRET: setting<string | undefined>({
    takes: 'SECRET',
    default: undefined,
    defaultText: 'none',
    secret: true,
    description: 'What the webhook is signed with: whsec_ and base64 of 24 to 64 bytes.',
    read: readText,
  }),
  DEMO: setting<boolean | undefined>({
    takes: 'BOOLEAN',
    default: undefined,
    defaultText: 'on without GANGWAY_CONFIG, else off',
    description:
      'Whether the public port serves the demo page: a chat that works, and the calls between the services. The chat makes itself a backend credential at each start, for the demo account or the first one declared.',
    read: readBoolean,
  }),
  FLAG_PROVIDER: setting<string | undefined>({
    takes: 'FILE',
    default: undefined,
    defaultText: 'the built-in one',
    description: 'A module whose default export is an OpenFeature provider: your flag service decides on Webchat Security.',
    read: readText,
  }),
  LOG_LEVEL: setting({
    takes: 'LEVEL',
    default: 'info',
    description: `The least severe level that is logged: ${logLevels.join(', ')}.`,
    read: (text): string | Wrong => (logLevels.includes(text) ? text : new Wrong(`one of ${logLevels.join(', ')}`)),
  }),
};

/** The name of a setting, as it stands after `GANGWAY_`. */
export type SettingName = keyof typeof settings;
/** The values of all settings. */
export type Settings = { readonly [Name in SettingName]: (typeof settings)[Name]['default'] };

/** The flag of a setting: DATA_DIR is `--data-dir`. */
export function flagOf(name: string): string {
  return `--${name.toLowerCase().replaceAll('_', '-')}`;
}

/** Names that begin with GANGWAY_ and are read elsewhere. */
const otherNames = new Set(['GANGWAY_TEST_BROWSER']);

/**
 * Reads all settings; a flag counts before the environment.
 * @throws StartError that names the setting, what was given (unless it is secret) and what is expected
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string>>,
): Settings {
  const values: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries(settings) as [SettingName, Setting<unknown>][]) {
    const flag = flags[flagOf(name).slice(2)];
    const text = flag ?? environment[`GANGWAY_${name}`];
    const value = text === undefined || text === '' ? definition.default : definition.read(text);
    if (value instanceof Wrong) {
      const given = definition.secret ? 'its value' : `"${text}"`;
      throw new StartError(`${flag === undefined ? `GANGWAY_${name}` : flagOf(name)}: ${given} is not ${value.expected}.`);
    }
    values[name] = value;
  }
  for (const name of Object.keys(environment)) {
    if (name.startsWith('GANGWAY_') && !(name.slice('GANGWAY_'.length) in settings) && !otherNames.has(name)) {
      throw new StartError(`${name} is no setting of Gangway. gangway start --help lists them.`);
    }
  }
  return values as Settings;
}
