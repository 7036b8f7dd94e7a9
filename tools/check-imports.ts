// The import rule. Participants never import each other; they know the contracts and the platform, and compose.ts alone
// knows them all. It holds file lengths too: a file is one idea.

import { posix } from 'node:path';
import { lineAt, readSourceTree, reportViolations, type SourceFile, type Violation } from './source-tree.ts';

const participants = ['starship', 'flex-webchat-orchestrator', 'federated-auth', 'scoped-auth', 'flex-configuration'];
const services = 'packages/services/src/';
const contracts = 'packages/contracts/';
const sdk = 'packages/sdk/';
const verify = 'packages/verify/';
const linesMax = 300;

interface Import {
  readonly line: number;
  /** A path inside the repository, or the specifier of a package. */
  readonly target: string;
  /** Gone when the types are stripped. */
  readonly typeOnly: boolean;
}

/** Checks a tree of source files; gives every violation in the order of the files. */
export function checkImports(files: readonly SourceFile[]): readonly Violation[] {
  const sources = files.filter((file) => /\.(?:tsx?|mjs)$/.test(file.path) && !file.path.includes('/generated/'));
  const graph = new Map(sources.map((file) => [file.path, findImports(file)]));
  return sources.flatMap((file) => {
    const imports = graph.get(file.path) ?? [];
    return [
      ...checkService(file, imports),
      ...checkContracts(file, imports),
      ...checkSdk(file, imports, graph),
      ...checkVerify(file, imports),
      ...checkExamples(file, imports),
      ...checkLength(file),
    ];
  });
}

function findImports({ path, text }: SourceFile): readonly Import[] {
  const statements = /^[ \t]*(?:import|export)\b(\s+type\b)?(?:[^'"`;]*?\bfrom)?\s*['"]([^'"\n]+)['"]/gm;
  const expressions = /\bimport()\s*\(\s*['"]([^'"\n]+)['"]/g;
  return [statements, expressions].flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({
      line: lineAt(text, match.index + match[0].length),
      target: resolve(path, match[2] ?? ''),
      typeOnly: Boolean(match[1]),
    })),
  );
}

function resolve(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  if (specifier.startsWith('@gangway/contracts/')) return `${contracts}src/${specifier.slice('@gangway/contracts/'.length)}.ts`;
  return specifier;
}

function checkService({ path }: SourceFile, imports: readonly Import[]): readonly Violation[] {
  if (!path.startsWith(services)) return [];
  const own = folderOf(path);
  const isCore = own === 'platform' || participants.includes(own);
  const known = new Set<string>();
  return imports.flatMap(({ line, target }) => {
    const folder = folderOf(target);
    if (isCore && target === `${services}compose.ts`) {
      return [{ path, line, rule: 'compose', advice: 'let compose.ts hand it in; only programs and tests import compose.ts.' }];
    }
    if (!participants.includes(folder) || folder === own) return [];
    if (own === 'platform') {
      return [
        { path, line, rule: 'platform', advice: `take what ${folder} gives as an argument; the platform knows no participant.` },
      ];
    }
    if (participants.includes(own)) {
      return [{ path, line, rule: 'siblings', advice: `use the contract of ${folder}, or move the shared part to platform/.` }];
    }
    if (known.add(folder).size < 2 || path === `${services}compose.ts`) return [];
    return [{ path, line, rule: 'compose', advice: 'let compose.ts join participants; nothing else imports several.' }];
  });
}

function folderOf(path: string): string {
  return path.startsWith(services) ? (path.slice(services.length).split('/')[0] ?? '') : '';
}

function isService(target: string): boolean {
  return target.startsWith('packages/services/') || /^gangway(\/|$)/.test(target);
}

function checkContracts({ path }: SourceFile, imports: readonly Import[]): readonly Violation[] {
  if (!path.startsWith(contracts)) return [];
  return imports
    .filter(({ target }) => isService(target))
    .map(({ line }) => ({ path, line, rule: 'contracts', advice: 'say it in the contract itself; contracts know no service.' }));
}

function checkSdk({ path }: SourceFile, imports: readonly Import[], graph: Graph): readonly Violation[] {
  if (!path.startsWith(sdk)) return [];
  return imports.flatMap(({ line, target, typeOnly }) => {
    if (isService(target))
      return [{ path, line, rule: 'sdk', advice: 'speak to services over HTTP; the SDK holds no server code.' }];
    if (typeOnly || !reachesTypebox(target, graph)) return [];
    return [{ path, line, rule: 'sdk', advice: 'import only types from here; it brings typebox into the browser.' }];
  });
}

/** What is published is what runs: its tests may stand on services, what they test may not. */
function checkVerify({ path }: SourceFile, imports: readonly Import[]): readonly Violation[] {
  if (!path.startsWith(verify) || path.endsWith('.test.ts') || path.includes('/testing/')) return [];
  return imports.flatMap(({ line, target, typeOnly }) => {
    if (isService(target)) {
      return [{ path, line, rule: 'verify', advice: 'ask services over HTTP; a backend has none of their code.' }];
    }
    if (typeOnly || !target.startsWith(contracts)) return [];
    return [
      { path, line, rule: 'verify', advice: 'import only types from the contracts; whoever installs this has none of them.' },
    ];
  });
}

/** Whoever copies an example has what is published, the example's own folder, and the look that all share. */
function checkExamples({ path }: SourceFile, imports: readonly Import[]): readonly Violation[] {
  const [, own] = /^(examples\/[^/]+\/)/.exec(path) ?? [];
  if (own === undefined) return [];
  const isOurs = (target: string) => /^(?:packages|examples|test|tools|bench|@gangway|gangway)(?:\/|$)|^\.\./.test(target);
  const isPublished = (target: string) => /^@gangway\/(?:sdk|verify)(?:\/[a-z-]+)?$/.test(target);
  return imports
    .filter(({ target }) => isOurs(target) && !isPublished(target) && !target.startsWith(own) && target !== 'examples/page.css')
    .map(({ line }) => ({
      path,
      line,
      rule: 'examples',
      advice: 'import what is published (@gangway/sdk, @gangway/verify) or lies beside it.',
    }));
}

type Graph = ReadonlyMap<string, readonly Import[]>;

function reachesTypebox(target: string, graph: Graph, seen: Set<string> = new Set()): boolean {
  if (/^typebox(\/|$)/.test(target)) return true;
  if (seen.has(target)) return false;
  seen.add(target);
  return (graph.get(target) ?? []).some((next) => !next.typeOnly && reachesTypebox(next.target, graph, seen));
}

function checkLength({ path, text }: SourceFile): readonly Violation[] {
  const lines = text.split('\n').length - 1;
  if (lines <= linesMax || path.endsWith('.test.ts') || path.includes('/generated/')) return [];
  return [{ path, line: linesMax + 1, rule: 'length', advice: `split it by idea; ${lines} lines, ${linesMax} at most.` }];
}

if (import.meta.main) reportViolations(checkImports(readSourceTree()));
