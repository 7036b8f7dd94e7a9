// Right and wrong requests to every route of every port, each carrying canaries wherever it can.

import type { Contract } from '@gangway/contracts/contract';
import { federatedAuth } from '@gangway/contracts/federated-auth';
import { flexConfiguration } from '@gangway/contracts/flex-configuration';
import { flexWebchatOrchestrator } from '@gangway/contracts/flex-webchat-orchestrator';
import { operator } from '@gangway/contracts/operator';
import { scopedAuth } from '@gangway/contracts/scoped-auth';
import { systemClock } from '../../packages/services/src/platform/clock.ts';
import { createCredentialIssuer } from '../../packages/services/src/platform/service-credential.ts';
import { createProofHolder } from '../topology/proof-holder.ts';
import { type Answer, ask } from '../topology/visitor.ts';
import { paths } from '../topology/visitor-session.ts';
import { visitorHeaders as headers, partsOf, person } from './canaries.ts';

/** Hears every answer. */
export type Heard = (answer: Answer) => void;

const preEngagementData = JSON.stringify({ email: person.email, friendlyName: person.name, question: person.text });

/** A visitor's whole life, without a key and with one; gives what of its tokens and proofs must not come out. */
export async function liveAsVisitor(
  publicUrl: string,
  deploymentKey: string,
  hear: Heard,
): Promise<readonly (readonly [string, string])[]> {
  const secrets: (readonly [string, string])[] = [];
  const keep = (what: string, answer: Answer): string => {
    hear(answer);
    const token = String(answer.body.token);
    secrets.push(...partsOf(what, token));
    return token;
  };
  const post = (path: string, body: object, more: object = {}) =>
    ask(publicUrl, path, { headers: { ...headers, ...more }, body: { deploymentKey, ...body } });
  const created = keep('a created token', await post(paths.create, {}));
  const refreshed = keep('a refreshed token', await post(paths.refresh, { token: created }));
  const person1 = { customerFriendlyName: person.name, preEngagementData };
  const begun = keep('the token of Init', await post(paths.init, { ...person1, token: refreshed, identity: 'x' }));
  hear(await post(paths.refresh, { token: begun }, { 'user-agent': 'curl/8' }));
  hear(await post(paths.end, { token: begun }));
  hear(await post(paths.refresh, { token: begun }));

  const holder = await createProofHolder(publicUrl);
  const bound = keep('a bound token', await holder.post(paths.create, { deploymentKey }, headers));
  const proof = await holder.proof({ path: paths.refresh, token: bound });
  secrets.push(...partsOf('a proof', proof));
  for (const dpop of [proof, proof, `${proof}x`, person.proof]) hear(await post(paths.refresh, { token: bound }, { dpop }));
  hear(await post(paths.refresh, { token: bound }));
  return secrets;
}

/** Every way to be refused at the edge. */
export async function beRefused(publicUrl: string, deploymentKey: string, hear: Heard): Promise<void> {
  const form = 'application/x-www-form-urlencoded';
  for (const path of Object.values(paths)) {
    const right = { deploymentKey, token: person.token, customerFriendlyName: person.name, preEngagementData };
    const bodies: (string | Record<string, unknown>)[] = [
      right,
      { ...right, deploymentKey: person.text },
      { ...right, deploymentKey: `CV${'f'.repeat(32)}` },
      { ...right, deploymentKey: [person.text] },
      { ...right, token: { [person.text]: person.token } },
      { ...right, token: person.token.repeat(200) },
      { ...right, customerFriendlyName: person.name.repeat(20), preEngagementData: `{"broken": ${person.email}` },
      { ...right, identity: person.text, dpop: person.proof },
      JSON.stringify(right).slice(0, -1),
      `${person.text}: no JSON`,
      `{"a":"${person.text.repeat(1000)}"}`,
      '',
    ];
    for (const body of bodies)
      hear(await ask(publicUrl, path, { headers: { ...headers, 'content-type': 'application/json' }, body }));
    const types = { 'content-type': form, 'sec-fetch-site': 'cross-site' };
    hear(await ask(publicUrl, path, { headers: { ...headers, ...types }, body: new URLSearchParams(right).toString() }));
    hear(await ask(publicUrl, path, { headers: { ...headers, 'content-type': `text/${person.text}` }, body: person.text }));
    hear(await ask(publicUrl, `${path}?token=${person.query}`, { method: 'GET', headers }));
    hear(await ask(publicUrl, `${path}/${person.path}?q=${person.query}`, { headers, body: right }));
    hear(await ask(publicUrl, `${path}/%zz${person.path}`, { headers, body: right }));
    for (const name of ['usersettings', 'webchatinfo', 'decoders']) {
      for (const value of [person.text, `["${person.text}"]`, person.text.repeat(60)]) {
        hear(await ask(publicUrl, path, { headers: { ...headers, [`x-webchat-sec-${name}`]: value }, body: right }));
      }
    }
    hear(await ask(publicUrl, path, { headers: { ...headers, dpop: person.proof }, body: right }));
    hear(await ask(publicUrl, path, { headers: { ...headers, 'x-large': person.header.repeat(800) }, body: right }));
  }
  hear(await ask(publicUrl, `/v2/Webchat/Origin?deploymentKey=${person.query}`, { method: 'GET', headers }));
  hear(await ask(publicUrl, `/${person.path}?${person.query}`, { method: 'GET', headers }));
}

const contracts: readonly Contract[] = [flexWebchatOrchestrator, federatedAuth, scopedAuth, flexConfiguration];

/** Every route between the services and of the operator, without a right to it and with one but nonsense to say. */
export async function beAWrongService(
  ports: { readonly serviceUrls: readonly string[]; readonly adminUrl: string },
  serviceSecret: string,
  hear: Heard,
): Promise<void> {
  const issue = createCredentialIssuer(serviceSecret, systemClock);
  const body = {
    token: person.token,
    proof: person.proof,
    fingerprint: person.text,
    subject: person.text,
    reason: person.text,
    kind: person.text,
  };
  for (const url of ports.serviceUrls) {
    for (const { participant, operations } of contracts) {
      for (const { method, paths: all, callers } of Object.values(operations)) {
        const caller = callers.find((name) => name !== 'backend' && name !== 'operator') ?? 'federated-auth';
        const credentials = [undefined, `Bearer ${person.authorization}`, issue(caller as 'federated-auth', participant)];
        for (const authorization of credentials) {
          const path = `${all[0].replace(':accountSid', person.path)}?q=${person.query}`;
          const sent = { ...headers, ...(authorization !== undefined && { authorization }) };
          hear(await ask(url, path, { method, headers: sent, ...(method === 'POST' && { body }) }));
        }
      }
    }
    const authorization = issue('federated-auth', 'scoped-auth');
    for (const input of [
      { token: person.token },
      { token: person.token, proof: person.proof, htm: 'POST', htu: [person.query] },
    ]) {
      hear(await ask(url, '/v1/ScopedAuthTokens/validate', { headers: { authorization }, body: input }));
    }
  }
  for (const { method, paths: all } of Object.values(operator.operations)) {
    const sent = { headers: { ...headers, authorization: `Bearer ${person.authorization}` }, ...(method === 'POST' && { body }) };
    hear(await ask(ports.adminUrl, all[0], { method, ...sent }));
  }
}
