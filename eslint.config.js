import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/**', 'test/fixtures/**', 'examples/**', '.vscode-test/**', 'types/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // mocha's describe and it return nothing that anybody awaits, and arrow bodies that return void read well.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A field is left out of a copy by destructuring it away.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // deferred<void>() makes a Promise<void>.
      '@typescript-eslint/no-invalid-void-type': 'off',
      eqeqeq: 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
    },
  },
  {
    files: ['server/runtime/guest/web/**'],
    // A default keeps a parameter out of the function's `length`, which the web's standards give.
    rules: { '@typescript-eslint/no-useless-default-assignment': 'off' },
  },
  { files: ['**/*.{js,mjs,cjs}'], ...tseslint.configs.disableTypeChecked },
);
