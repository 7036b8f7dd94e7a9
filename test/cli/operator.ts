// An operator at the command line, and what becomes of the visitors' tokens.

import { expect } from 'vitest';
import { StartError } from '../../packages/services/src/platform/start-error.ts';
import { runGangway } from '../topology/gangway-process.ts';
import { createToken, refreshToken } from '../topology/visitor.ts';
import { type ServiceAccess, validate } from '../topology/visitor-session.ts';

/** A node as an operator and a visitor know it. */
export interface OperatedNode extends ServiceAccess {
  readonly publicUrl: string | null;
  readonly dataFolder: string;
}

/** Runs a command that must succeed without a word on standard error; gives what it printed. */
export async function operate({ dataFolder }: Pick<OperatedNode, 'dataFolder'>, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await runGangway(words, { dataFolder });
  expect([words, code, stderr]).toEqual([words, 0, '']);
  return stdout;
}

/** Runs a command that must fail; gives the one line that says why. */
export async function expectProblem({ dataFolder }: Pick<OperatedNode, 'dataFolder'>, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await runGangway(words, { dataFolder });
  expect([words, code, stdout]).toEqual([words, 1, '']);
  expect(stderr).toMatch(/^gangway: [^\n]+\n$/);
  return stderr.slice('gangway: '.length, -1);
}

/** As `expectProblem`, without a process for it: for many wrong words at once. */
export async function expectWrong(
  command: (args: string[]) => Promise<void>,
  { dataFolder }: Pick<OperatedNode, 'dataFolder'>,
  words: readonly string[],
): Promise<string> {
  const problem: unknown = await command(['--data-dir', dataFolder, ...words]).then(
    () => 'nothing is wrong',
    (error) => error,
  );
  expect(problem).toBeInstanceOf(StartError);
  const { message } = problem as StartError;
  expect(message).toMatch(/^[^\n]+$/);
  return message;
}

/** Begins a session and gives its token. */
export async function newToken({ publicUrl }: Pick<OperatedNode, 'publicUrl'>, deploymentKey: string): Promise<string> {
  const { status, body } = await createToken(publicUrl ?? '', deploymentKey);
  expect(status).toBe(201);
  return String(body.token);
}

/** The header of a token, which anybody can read. */
export function headerOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString());
}

/** The key that a token was made under. */
export const keyIdOf = (token: string) => String(headerOf(token).kid);

/** Expects that a token is worth nothing, at refresh and at validation, now. */
export async function expectDead(node: OperatedNode, deploymentKey: string, token: string): Promise<void> {
  const { status, body } = await refreshToken(node.publicUrl ?? '', deploymentKey, token);
  expect([status, body.code]).toEqual([401, 'invalid_token']);
  expect(await validate(node, { token })).toMatchObject({ authorized: false, message: 'token_validation_failed' });
}

/** Expects that a token counts at validation, and can be refreshed. */
export async function expectAlive(node: OperatedNode, deploymentKey: string, token: string): Promise<void> {
  expect(await validate(node, { token })).toMatchObject({ authorized: true });
  expect((await refreshToken(node.publicUrl ?? '', deploymentKey, token)).status).toBe(200);
}

/** What a command promises: it is in effect within a second of its end. */
export async function withinASecond(check: () => Promise<void>): Promise<void> {
  await expect.poll(() => check().then(() => 'so', String), { timeout: 1000, interval: 50 }).toBe('so');
}
