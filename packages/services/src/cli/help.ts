// What `--help` says. The settings come from their one table.

import { serviceNames } from '@gangway/contracts/participants';
import { flagOf, settings } from '../platform/settings.ts';

/** `gangway --help` */
export const helpText = `Gangway gives the visitors of an embedded chat short-lived, encrypted tokens, bound to their browser.

  gangway start [service ...]   run all services in one process, or those named
  gangway start --help          the settings

  gangway keys                  the keys of tokens: list them
  gangway keys rotate           have the next keys take over; tokens stay valid
  gangway keys kill KEY --reason TEXT
                                make every token under a key worthless (KEY: the kid of a token, or a part of it)
  gangway revoke KIND SUBJECT --reason TEXT
                                end a token, session, identity, deployment or account
  gangway revocations           list what was revoked
  gangway conversations forget IDENTITY
                                delete what is kept of a visitor's conversations

  gangway backends              the backends that may ask about tokens: list them
  gangway backends create NAME --account AC...
                                make a credential for one, good for these accounts (--account once for each)
  gangway backends rotate ID    give it another credential; the former one counts for a day more
  gangway backends revoke ID    end its credentials at once

  gangway --version

These reach the node that runs on the data folder (--data-dir FOLDER, or GANGWAY_DATA_DIR, or ./data).

Services: ${serviceNames.join(', ')}
`;

/** `gangway start --help` */
export const startHelpText = `gangway start [service ...] [--setting value ...]

Each setting is a flag, and an environment variable with the prefix GANGWAY_ (--data-dir is GANGWAY_DATA_DIR).

${Object.entries(settings)
  .map(([name, { takes, description, default: value, ...rest }]) => {
    const shownDefault = 'defaultText' in rest && rest.defaultText !== undefined ? rest.defaultText : String(value);
    return `  ${flagOf(name)} ${takes}\n      ${description}\n      Default: ${shownDefault}`;
  })
  .join('\n')}

Services: ${serviceNames.join(', ')}
`;
