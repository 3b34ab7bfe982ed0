import eslint from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import typescriptEslint from 'typescript-eslint';

/** The packages that a layer may import, subpaths included; which layers it may import is in its tsconfig.json. */
const packagesOfLayer = {
  shared: [],
  formats: ['fast-png', 'fflate', 'client-zip', 'lerc', '@bufbuild/protobuf'],
  data: ['re2js'],
  kernels: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-(?:cpu|wasm|webgpu)'],
  networks: ['@tensorflow/tfjs-core'],
  method: ['@tensorflow/tfjs-core'],
  engine: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-(?:cpu|wasm|webgpu)'],
  app: [
    'react',
    'react-dom',
    '@tanstack/react-virtual',
    'zustand',
    'recharts',
    'radix-ui',
    'lucide-react',
    'idb-keyval',
  ],
};

const synchronousReads = {
  selector: 'MemberExpression[property.name=/^(dataSync|arraySync|readSync)$/]',
  message: 'Reading a tensor synchronously blocks the thread and fails on WebGPU: await data() or array().',
};
const defaultExports = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name: a name that is the same everywhere can be searched for.',
};

/** Rules of one layer: no import of a package but these, be it static, of types only, or dynamic. */
function layerRules(layer, packages) {
  const otherPackage = ['^(?!\\.', ...packages.map((name) => `${name}(?:$|/)`)].join('|') + ')';
  const allowed = packages.length > 0 ? packages.join(', ') : 'no package';
  const message = `src/${layer} may import ${allowed} and the layers of its tsconfig.json.`;
  return {
    files: [`src/${layer}/**/*.{ts,tsx}`],
    ignores: ['**/*.test.{ts,tsx}'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: otherPackage, message }] }],
      'no-restricted-syntax': [
        'error',
        synchronousReads,
        defaultExports,
        { selector: `ImportExpression > Literal[value=/${otherPackage.replaceAll('/', '\\x2F')}/]`, message },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Pass an Rng: the same seed gives the same run.' },
      ],
      'no-console': 'error',
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  };
}

export default defineConfig(
  { ignores: ['dist/', 'public/', 'node_modules/', '.cache/', 'test-results/', 'playwright-report/'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [eslint.configs.recommended, typescriptEslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: ['src/*/tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'max-lines': ['error', 300],
    },
  },
  Object.entries(packagesOfLayer).map(([layer, packages]) => layerRules(layer, packages)),
  {
    files: ['src/networks/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^\\.\\./formats/', allowTypeImports: true, message: 'Networks know the types of formats only.' },
          ],
        },
      ],
    },
  },
  {
    files: ['src/app/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat.recommended],
  },
  {
    files: ['src/cli/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-syntax': ['error', defaultExports],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['**/*.test.{ts,tsx}', 'src/tests/**', 'e2e/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Matchers take methods apart from their objects, and only look at them.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
