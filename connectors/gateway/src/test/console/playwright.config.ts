import { defineConfig } from '@playwright/test';

/** Against a stack that run.mjs started; in the Chromium of the machine. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  timeout: 120_000,
  expect: { timeout: 30_000 },
  workers: 1,
  fullyParallel: false,
  reporter: [['list']],
  outputDir: process.env.CONSOLE_RESULTS,
  use: {
    baseURL: process.env.CONSOLE_URL,
    actionTimeout: 30_000,
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: process.env.CONSOLE_CHROMIUM,
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    },
  },
});
