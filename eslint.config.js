import solid from 'eslint-plugin-solid/configs/typescript'
import tseslint from 'typescript-eslint'

/**
 * Which rooms each room may import, besides itself (docs/architecture.md draws it).
 * `types` rooms may only be imported with `import type`.
 */
const rooms = {
  domain: { imports: [] },
  search: { imports: ['domain'] },
  // The one part of search/ that knows of threads.
  'search/thread': { imports: ['domain', 'search'] },
  loadgen: { imports: ['domain'] },
  engines: { imports: ['domain'] },
  runtimes: { imports: ['domain'] },
  database: { imports: ['domain'] },
  report: { imports: ['domain', 'engines'] },
  components: { imports: ['runtimes'] },
  workflows: { imports: ['domain'], types: ['activities'] },
  activities: {
    imports: ['domain', 'search', 'search/thread', 'loadgen', 'engines', 'runtimes', 'database'],
  },
  temporal: { imports: ['domain', 'activities', 'workflows', 'database'] },
  api: {
    imports: ['domain', 'search', 'search/thread', 'engines', 'report', 'database', 'temporal'],
  },
  client: { imports: [] },
  service: {
    imports: [
      'domain',
      'database',
      'engines',
      'runtimes',
      'components',
      'activities',
      'temporal',
      'workflows',
      'api',
    ],
  },
  cli: { imports: ['client', 'domain', 'loadgen', 'search', 'components', 'service'] },
  ui: { imports: ['client', 'domain'] },
  bench: { imports: 'all' },
  tests: { imports: 'all' },
}

const roomRules = Object.entries(rooms)
  .filter(([, room]) => room.imports !== 'all')
  .map(([name, room]) => {
    const typesOnly = room.types ?? []
    const forbidden = Object.keys(rooms).filter(
      (other) => other !== name && !room.imports.includes(other) && !typesOnly.includes(other),
    )
    const pattern = (names, rest) => ({ regex: `^(\\.\\./)+(${names.join('|')})/`, ...rest })
    return {
      files: [`${name}/**/*.{ts,tsx}`],
      ignores: ['**/*.test.ts'],
      rules: {
        '@typescript-eslint/no-restricted-imports': [
          'error',
          {
            patterns: [
              pattern(forbidden, {
                message: `${name}/ may import only: ${room.imports.join(', ') || 'nothing of ours'}.`,
              }),
              ...(typesOnly.length > 0
                ? [
                    pattern(typesOnly, {
                      allowTypeImports: true,
                      message: `${name}/ may import only types from there.`,
                    }),
                  ]
                : []),
              ...(['workflows', 'domain', 'search', 'report'].includes(name)
                ? [{ regex: '^node:', message: `${name}/ is pure: no Node modules.` }]
                : []),
            ],
          },
        ],
      },
    }
  })

export default tseslint.config(
  { ignores: ['node_modules', '.redline', 'ui/dist', 'client/schema.ts', '**/*.js', '**/*.mjs'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './ui/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-unsafe-type-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'object-shorthand': 'error',
      'prefer-const': 'error',
      eqeqeq: ['error', 'smart'],
    },
  },
  ...roomRules,
  { files: ['ui/**/*.tsx'], ...solid },
  // Tests read answers of servers that the product itself describes; expect() checks what a cast would hide.
  {
    files: ['**/*.test.ts', 'tests/**', 'bench/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-type-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
)
