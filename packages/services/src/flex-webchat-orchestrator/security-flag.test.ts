// Webchat Security is what the flag service says; without one, or where it fails, what the configuration says.

import type { PublicConfiguration } from '@gangway/contracts/flex-configuration';
import {
  type EvaluationContext,
  OpenFeature,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
} from '@openfeature/server-sdk';
import { afterEach, expect, it } from 'vitest';
import { fakeClock } from '../platform/testing/fake-clock.ts';
import { createSecurityFlag, securityFlagKey } from './security-flag.ts';

afterEach(() => OpenFeature.close());

const configuration = (webchatSecurityEnabled: boolean) =>
  ({ accountSid: 'AC1', deploymentSid: 'DP1', webchatSecurityEnabled }) as PublicConfiguration;

/** A flag service that answers as it is told, and keeps what it was asked. */
function flagService(decide: () => boolean, more: Partial<Provider> = {}) {
  const asked: (EvaluationContext & { key: string })[] = [];
  const provider = {
    metadata: { name: 'operator' },
    runsOn: 'server',
    resolveBooleanEvaluation: async (key: string, _default: boolean, context: EvaluationContext) => {
      asked.push({ key, ...context });
      return { value: decide() };
    },
    ...more,
  } as Provider;
  return { provider, asked };
}

it('without a flag service the configuration decides', async () => {
  const isOn = await createSecurityFlag(fakeClock());
  expect([await isOn(configuration(true)), await isOn(configuration(false))]).toEqual([true, false]);
});

it('a flag service decides, and is told about whom', async () => {
  const { provider, asked } = flagService(() => true);
  const isOn = await createSecurityFlag(fakeClock(), provider);
  expect(await isOn(configuration(false))).toBe(true);
  expect(asked).toEqual([
    expect.objectContaining({
      key: securityFlagKey,
      targetingKey: 'DP1',
      accountSid: 'AC1',
      deploymentSid: 'DP1',
      webchatSecurityEnabled: false,
    }),
  ]);
});

it('a flag service that fails leaves the decision to the configuration', async () => {
  const { provider } = flagService(() => {
    throw new Error('away');
  });
  const isOn = await createSecurityFlag(fakeClock(), provider);
  expect([await isOn(configuration(true)), await isOn(configuration(false))]).toEqual([true, false]);
});

it('a flag service that answers nonsense leaves the decision to the configuration', async () => {
  const isOn = await createSecurityFlag(fakeClock(), flagService(() => 'yes' as unknown as boolean).provider);
  expect(await isOn(configuration(false))).toBe(false);
});

it('a flag service that cannot be reached at the start does not keep the node from starting', async () => {
  const initialize = () => Promise.reject(new Error('away'));
  const isOn = await createSecurityFlag(fakeClock(), flagService(() => true, { initialize }).provider);
  expect(typeof (await isOn(configuration(true)))).toBe('boolean');
});

it('a decision holds for a second and for one configuration', async () => {
  let on = true;
  const clock = fakeClock();
  const { provider, asked } = flagService(() => on);
  const isOn = await createSecurityFlag(clock, provider);
  const current = configuration(false);
  expect(await isOn(current)).toBe(true);
  on = false;
  clock.advance(999);
  expect(await isOn(current)).toBe(true);
  expect(asked).toHaveLength(1);
  expect(await isOn(configuration(false))).toBe(false);
  clock.advance(1);
  expect(await isOn(current)).toBe(false);
});

it('a change that the flag service announces counts at once', async () => {
  let on = true;
  const events = new OpenFeatureEventEmitter();
  const isOn = await createSecurityFlag(fakeClock(), flagService(() => on, { events }).provider);
  const current = configuration(false);
  expect(await isOn(current)).toBe(true);
  on = false;
  events.emit(ProviderEvents.ConfigurationChanged);
  expect(await isOn(current)).toBe(false);
});

it('two nodes of one process ask their own flag services', async () => {
  const [one, other] = await Promise.all([
    createSecurityFlag(fakeClock(), flagService(() => true).provider),
    createSecurityFlag(fakeClock(), flagService(() => false).provider),
  ]);
  expect([await one(configuration(true)), await other(configuration(true))]).toEqual([true, false]);
});
