import solid from 'eslint-plugin-solid/configs/typescript'
import tseslint from 'typescript-eslint'
import { rooms } from './rooms.ts'

const roomRules = Object.entries(rooms).map(([name, { imports, types: typesOnly = [] }]) => {
  const forbidden = [...Object.keys(rooms), 'bench', 'tests'].filter(
    (other) => other !== name && !imports.includes(other) && !typesOnly.includes(other),
  )
  const pattern = (names, rest) => ({ regex: `^(\\.\\./)+(${names.join('|')})/`, ...rest })
  return {
    files: [`${name}/**/*.{ts,tsx}`],
    ignores: ['**/*.test.ts', '**/testing.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            pattern(forbidden, {
              message: `${name}/ may import only: ${imports.join(', ') || 'nothing of ours'}.`,
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
