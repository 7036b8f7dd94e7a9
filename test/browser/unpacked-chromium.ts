// The Chromium that comes compressed inside an npm package, unpacked once per version. The package itself would reuse
// whatever lies under its name in the temporary folder, so it gets a folder of its own, which appears only when complete:
// two test processes may unpack at the same time.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflate } from '@sparticuz/chromium';

const usualCache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
const packageFolder = dirname(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')));
/** The fonts' own list names folders of another machine; without a font, text is nothing wide and cannot be clicked. */
const fontList = '<?xml version="1.0"?>\n<fontconfig><dir prefix="relative">fonts</dir></fontconfig>\n';
const archives = ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br'];

/** A Chromium that can be started. */
export interface UnpackedChromium {
  readonly executable: string;
  /** The package's major version, which is Chromium's. */
  readonly major: string;
  /** Where it finds the libraries and fonts that came with it; the machine need not have any. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Unpacks Chromium into a folder of `cache` unless that has been done, and says how to start it. */
export async function unpackChromium(cache: string = usualCache): Promise<UnpackedChromium> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('The packaged Chromium is for Linux on x64: name another one in GANGWAY_TEST_BROWSER');
  }
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const folder = join(cache, `chromium-${version}`);
  await mkdir(cache, { recursive: true });
  if (!existsSync(folder)) await unpackInto(folder);
  return {
    executable: join(folder, 'chromium'),
    major: version.split('.')[0] ?? version,
    environment: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_PATH: join(folder, 'fonts') },
  };
}

async function unpackInto(folder: string): Promise<void> {
  const staging = await mkdtemp(`${folder}-`);
  try {
    await inflateInto(staging);
    await writeFile(join(staging, 'fonts', 'fonts.conf'), fontList);
    await rename(staging, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** `inflate` writes to the temporary folder as it is at the moment of the call. */
async function inflateInto(folder: string): Promise<void> {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = folder;
  const inflated = archives.map((archive) => inflate(join(packageFolder, 'bin', archive)));
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  await Promise.all(inflated);
}
