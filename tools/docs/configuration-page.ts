// The reference of everything that can be set: the settings of a node, and the file that declares accounts and deployments.

import { DeclaredAccount, DeclaredDeployment } from '@gangway/contracts/declared-configuration';
import { Limits } from '@gangway/contracts/flex-configuration';
import { refusals } from '@gangway/contracts/refusals';
import { flagOf, settings } from '../../packages/services/src/platform/settings.ts';
import { type JsonSchema, plain, typeInWords } from './json-schema.ts';

/** A declared configuration as the page shows it. */
export const exampleConfiguration = {
  accounts: [
    {
      sid: 'AC00000000000000000000000000000001',
      friendlyName: 'Owl Bikes',
      webchatSecurityEnabled: true,
      deployments: [
        {
          deploymentKeys: ['CV00000000000000000000000000000001'],
          friendlyName: 'www',
          addressSid: 'IG00000000000000000000000000000001',
          allowedOrigins: ['https://www.owlbikes.example', 'https://*.owlbikes.example', 'http://localhost:*'],
          fingerprintSensitivity: 'medium',
          proofOfPossession: 'optional',
          reportOnly: false,
          grants: [{ grant: 'chat' }],
          tokenTtlSeconds: 1800,
          sessionIdleSeconds: 7200,
          sessionMaxSeconds: 86_400,
          limits: { createPerMinutePerAddress: 60, refreshPerMinutePerSession: 60 },
        },
      ],
    },
  ],
};

/** The whole page, as Markdown. */
export function configurationPage(): string {
  const declared = [
    ['### An account', DeclaredAccount],
    ['### A deployment', DeclaredDeployment],
    ['### `limits` of a deployment', Limits],
  ] as const;
  return `${[
    `# Configuration

A node has settings; what it serves is declared in a file. Generated from [settings.ts](../packages/services/src/platform/settings.ts) and
[declared-configuration.ts](../packages/contracts/src/declared-configuration.ts).

## Settings

Each is an environment variable and a flag of the same name: \`GANGWAY_DATA_DIR=/srv/gangway\` is \`gangway start --data-dir /srv/gangway\`, and
the flag counts before the variable. A name that begins with \`GANGWAY_\` and is no setting stops the start, so that a slip of the pen is noticed.
**Secret** values are never shown in messages.`,
    settingsTable(),
    `All three ports listen on loopback unless they are told otherwise. To be reached from other machines, set \`GANGWAY_HOST=0.0.0.0\` for the public
port, and \`GANGWAY_ADMIN_PORT=0.0.0.0:4001\` or \`GANGWAY_SERVICE_PORT=0.0.0.0:4002\` only inside a network of your own.

\`GANGWAY_PUBLIC_URLS\` is more than the beginning of links: [proofs of possession](proof-of-possession.md) are compared with it. Set it wherever visitors reach the
node by another address than it listens on. [Operating](operating.md) says what goes together behind a proxy, and what \`GANGWAY_KEK\` and \`GANGWAY_FORMER_KEK\` are for.

## The declared configuration

\`GANGWAY_CONFIG\` names a JSON or YAML file. It is applied at every start. A wrong file stops the start with the line, the column and the reason, and
nothing is changed. Without a file, the first start on an empty data folder makes a demo account.`,
    `\`\`\`json\n${JSON.stringify(exampleConfiguration, undefined, 2)}\n\`\`\``,
    ...declared.flatMap(([title, schema]) => [title, members(plain(schema))]),
    sids,
    origins,
  ].join('\n\n')}\n`;
}

function settingsTable(): string {
  const rows = Object.entries(settings).map(([name, { takes, description, default: value, ...rest }]) => {
    const shown = 'defaultText' in rest && rest.defaultText !== undefined ? rest.defaultText : `\`${value}\``;
    const secret = 'secret' in rest && rest.secret ? ' **Secret.**' : '';
    return `| \`GANGWAY_${name}\`<br>\`${flagOf(name)} ${takes}\` | ${shown} | ${description}${secret} |`;
  });
  return ['| setting | default | what it is |', '|---|---|---|', ...rows].join('\n');
}

/** What holds where nothing is declared and the schema itself does not say it. */
const inherited: Readonly<Record<string, string>> = {
  sid: 'made from the first deployment key',
  friendlyName: 'none',
  addressSid: 'none',
  webchatSecurityEnabled: "the account's, else `true`",
  grants: '`[{"grant":"chat"}]`',
  limits: 'as below',
};

function members({ properties = {}, required = [] }: JsonSchema): string {
  const rows = Object.entries(properties).map(([name, member]) => {
    const { default: value, description = '' } = member;
    const shown = value === undefined ? (inherited[name] ?? '') : `\`${JSON.stringify(value)}\``;
    return `| \`${name}\` | ${typeInWords(member)} | ${required.includes(name) ? '**needed**' : shown} | ${description} |`;
  });
  return ['| member | type | default | what it is |', '|---|---|---|---|', ...rows].join('\n');
}

const sids = `### Sids

A sid is a prefix and 32 lower-case hexadecimal digits: \`AC\` account, \`DP\` deployment, \`CV\` deployment key, \`IG\` address, \`CH\` conversation. Keys are public and can
be rotated: name the new one beside the old one, and take the old one out when no page embeds it any more. Give the deployment a \`sid\` of its own
before its first key goes, since tokens carry it.`;

const origins = `### Allowed origins

| entry | covers |
|---|---|
| \`https://shop.example\` | this origin alone |
| \`https://shop.example:8443\` | this origin, on that port |
| \`https://*.shop.example\` | subdomains at any depth; not \`https://shop.example\` itself |
| \`http://localhost:*\` | any port |
| \`capacitor://localhost\` | an app with a scheme of its own |
| \`null\` | what has no origin, such as a page from a file or in a sandbox. It covers every one of them: think twice. |

An empty list covers every page. An entry that is no origin stops the start with the reason. What is not covered is refused with
[\`origin_not_allowed\`](refusals/origin_not_allowed.md) (${refusals.origin_not_allowed.status}).`;
