import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** One package whose code is in the build. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression of its package.json. */
  readonly license: string;
  /** Full text of its licence and notice files; empty when it ships none. */
  readonly texts: readonly string[];
}

const packageOfModule = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/@]+)[\\/]/;
const licenceFile = /^(licen[cs]e|notice|copying|third.?party)/i;

/** Folder of the package that a module of the bundle belongs to, or null for the project's own modules. */
export function packageFolder(moduleId: string): string | null {
  return packageOfModule.exec(moduleId.replace(/^\0/, ''))?.[1] ?? null;
}

/** Reads what a package says of itself and of its licence. */
export function readPackage(folder: string): BundledPackage {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Partial<Record<string, string>>;
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (file) => file.isFile() && licenceFile.test(file.name),
  );
  return {
    name: manifest.name ?? folder,
    version: manifest.version ?? '',
    license: manifest.license ?? 'no licence stated',
    texts: files.map((file) => readFileSync(join(folder, file.name), 'utf8').trim()),
  };
}

/**
 * The text of `third-party-notices.txt`: every bundled package with its licence text.
 *
 * @param fallbackTexts licence texts by SPDX name, for packages that name a licence but ship no text.
 */
export function noticesText(
  packages: readonly BundledPackage[],
  fallbackTexts: Readonly<Partial<Record<string, string>>>,
): string {
  const rule = '-'.repeat(80);
  const sections = [...packages]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version, license, texts }) => {
      const own = texts.length > 0 ? texts : [fallbackTexts[license] ?? 'The package ships no licence text.'];
      return [rule, `${name} ${version} (${license})`, '', ...own].join('\n');
    });
  return ['This program contains the following packages, with thanks to their authors.', ...sections, ''].join('\n\n');
}

/**
 * Two Vite plugins that write the licence texts of all bundled packages to `third-party-notices.txt`, for the build
 * strips comments. `collect` goes into the page's and the workers' pipelines, `write` into the page's alone, whose bundle
 * is finished last.
 */
export function thirdPartyNotices(): { collect: () => Plugin; write: () => Plugin } {
  const folders = new Set<string>();
  const collect = (): Plugin => ({
    name: 'third-party-notices:collect',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type !== 'chunk') continue;
        for (const moduleId of output.moduleIds) {
          const folder = packageFolder(moduleId);
          if (folder !== null) folders.add(folder);
        }
      }
    },
  });
  const write = (): Plugin => ({
    name: 'third-party-notices:write',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler() {
        const apache = readFileSync(join(import.meta.dirname, '..', '..', 'LICENSE'), 'utf8').trim();
        const source = noticesText([...folders].map(readPackage), { 'Apache-2.0': apache });
        this.emitFile({ type: 'asset', fileName: 'third-party-notices.txt', source });
      },
    },
  });
  return { collect, write };
}
