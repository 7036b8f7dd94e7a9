// The proxy in a process of its own, to copy from. `node server.ts`; every setting is an environment variable.

import { createServer } from 'node:http';
import { createVerifier } from '@gangway/verify';
import { createBudget } from './budget.ts';
import { createLlmProxy } from './llm-proxy.ts';
import { readServerSettings } from './server-settings.ts';

const settings = readServerSettings(process.env);
const verifier = createVerifier({
  url: settings.serviceUrl,
  credential: settings.credential,
  publicUrls: [settings.publicUrl],
});
const answer = createLlmProxy({
  verifier,
  budget: createBudget({ perDayOfAll: settings.tokensPerDayOfAll }),
  allowedOrigins: settings.allowedOrigins,
  provider: settings.provider,
  log: (event) => console.log(JSON.stringify({ at: new Date().toISOString(), ...event })),
});

const server = createServer(
  { requestTimeout: 10_000, headersTimeout: 10_000 },
  (request, response) => void answer(request, response),
);
server.listen(settings.port, settings.host, () => console.log(`The proxy is at ${settings.publicUrl}`));

function stop(): void {
  verifier.close();
  server.close(() => process.exit(0));
  // A connection that is kept alive would keep the process alive as well.
  server.closeIdleConnections();
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
