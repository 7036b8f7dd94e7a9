// Reads the file that GANGWAY_CONFIG names. Whatever is wrong with it is said with file, line and column, before
// anything is applied.

import { readFileSync } from 'node:fs';
import { DeclaredConfiguration } from '@gangway/contracts/declared-configuration';
import { parseOriginEntry } from '@gangway/contracts/origins';
import { Compile } from 'typebox/compile';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { type Path, type Problem, schemaProblem } from '../platform/schema-problem.ts';
import { StartError } from '../platform/start-error.ts';
import { deploymentSidOf } from './deployment-sid.ts';

const schema = Compile(DeclaredConfiguration);

/**
 * Reads and checks a declared configuration, JSON or YAML.
 * @throws StartError that says `file:line:column: where: what` of the first problem
 */
export function readDeclaredConfiguration(file: string): DeclaredConfiguration {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartError(
      `The configuration ${file} cannot be read: ${error instanceof Error ? error.message : error}. GANGWAY_CONFIG names it.`,
    );
  }
  return parseDeclaredConfiguration(text, file);
}

/** The same, of a text that has been read already. `file` is how messages call it. */
export function parseDeclaredConfiguration(text: string, file: string): DeclaredConfiguration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [broken] = document.errors;
  if (broken !== undefined) throw new StartError(`${placeOf(broken.pos[0])}: ${broken.message}`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias to nothing, or aliases of aliases that would fill the memory.
    throw new StartError(`${placeOf(0)}: ${error instanceof Error ? error.message : error}`);
  }
  const problem = schema.Check(value) ? firstProblem(value) : schemaProblem(schema.Errors(value));
  if (problem === undefined) return value as DeclaredConfiguration;
  throw new StartError(`${placeOf(offsetOf(document, problem.path))}: ${nameOf(problem.path)}: ${problem.reason}`);
}

/** What a schema cannot say: entries that are no origins, sids and keys that stand twice, lives that contradict each other. */
function firstProblem(declared: DeclaredConfiguration): Problem | undefined {
  const seen = new Map<string, string>();
  const twice = (kind: string, sid: string, path: Path): Problem | undefined => {
    const first = seen.get(sid);
    seen.set(sid, nameOf(path));
    return first === undefined ? undefined : { path, reason: `${kind} ${sid} stands at ${first} already` };
  };
  for (const [a, account] of declared.accounts.entries()) {
    const problem = twice('the account', account.sid, ['accounts', a, 'sid']);
    if (problem !== undefined) return problem;
    for (const [d, deployment] of account.deployments.entries()) {
      const path = ['accounts', a, 'deployments', d];
      const repeated =
        deployment.deploymentKeys
          .map((key, k) => twice('the deployment key', key, [...path, 'deploymentKeys', k]))
          .find((found) => found !== undefined) ?? twice('the deployment', deploymentSidOf(deployment), [...path, 'sid']);
      if (repeated !== undefined) return repeated;
      for (const [o, entry] of (deployment.allowedOrigins ?? []).entries()) {
        const parsed = parseOriginEntry(entry);
        if ('problem' in parsed) {
          return { path: [...path, 'allowedOrigins', o], reason: `"${entry}" is not an origin: ${parsed.problem}` };
        }
      }
      const { sessionIdleSeconds: idle, sessionMaxSeconds: max } = deployment;
      if (idle !== undefined && max !== undefined && idle > max) {
        return { path: [...path, 'sessionIdleSeconds'], reason: `is more than sessionMaxSeconds (${max})` };
      }
    }
  }
  return undefined;
}

/** `accounts[0].deployments[2].allowedOrigins[1]` */
function nameOf(path: Path): string {
  if (path.length === 0) return 'the file';
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

/** Where in the text a path stands; where it stands nowhere (a missing member), the nearest that does. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    const range =
      node !== null && typeof node === 'object' && 'range' in node ? (node.range as number[] | null | undefined) : undefined;
    if (range?.[0] !== undefined) return range[0];
  }
  return 0;
}
