// What the browser is given is JavaScript, complete, and nothing besides the page's own files.

import { expect, it } from 'vitest';
import { listPageFiles, toJavaScript } from './page-files.ts';

it('strips the types and finds modules by path', () => {
  const source =
    "import type { Message } from '@gangway/contracts/contract';\nimport { a } from '@gangway/sdk';\nconst b: number = a as number;";
  const script = toJavaScript(source);
  expect(script).toContain("import { a } from '/demo/sdk/index.ts';");
  expect(script).not.toMatch(/Message|number/);
});

it('serves every module that a served module imports', () => {
  const files = listPageFiles();
  const scripts = [...files].filter(([path]) => path.endsWith('.ts'));
  expect(scripts.length).toBeGreaterThan(15);
  for (const [path, read] of scripts) {
    for (const [, specifier = ''] of read().content.matchAll(/^(?:import|export)\b[^;`]*?\bfrom\s*'([^']+)'/gm)) {
      const { pathname } = new URL(specifier, `http://demo.example/demo/${path}`);
      expect(files.has(pathname.replace('/demo/', '')), `${specifier} of ${path}`).toBe(true);
    }
  }
});

it('lists no tests and nothing from other folders', () => {
  for (const path of listPageFiles().keys()) {
    expect(path).toMatch(/^(sdk\/|widget\/|contracts\/participants|dpop\/index)?[a-z-]*\.(ts|css|html|svg|js)$/);
    expect(path).not.toContain('test');
  }
});

it('warns nobody about the stripping', () => {
  const warned: unknown[] = [];
  const { emitWarning } = process;
  process.emitWarning = (warning: unknown) => void warned.push(warning);
  try {
    toJavaScript('const a: number = 1;');
  } finally {
    process.emitWarning = emitWarning;
  }
  expect(warned).toEqual([]);
});
