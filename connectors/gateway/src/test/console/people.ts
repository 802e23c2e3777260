import AxeBuilder from '@axe-core/playwright';
import { expect, test as base, type Locator, type Page } from '@playwright/test';
import { join } from 'node:path';

export const ANN = 'dt-staff-ann-local';
export const BOB = 'dt-staff-bob-local';
export const FIN = 'dt-staff-fin-local';
export const EVE = 'dt-staff-eve-local';
export const VIC = 'dt-staff-vic-local';
export const ACME = 'dt-local-acme';
export const GLOBEX = 'dt-local-globex';

/** Every page that a test opens must end without an error on its console, which a broken policy would be too. */
export const test = base.extend<{ errors: string[] }>({
  errors: [
    async ({ context }, use) => {
      const errors: string[] = [];
      context.on('page', (page) => {
        page.on('pageerror', (error) => errors.push(String(error)));
        page.on('console', (message) => {
          if (message.type() === 'error') errors.push(message.text());
        });
        page.on('request', (request) => {
          if (!/^(http:\/\/127\.0\.0\.1|data:|blob:)/.test(request.url())) errors.push(`asked for ${request.url()}`);
        });
      });
      await use(errors);
      // Of a wrong key the browser itself writes down that it was answered 401.
      expect(errors.filter((error) => !/status of 401/.test(error))).toEqual([]);
    },
    { auto: true },
  ],
});

export async function signIn(page: Page, key: string) {
  await page.goto('/console');
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
}

export async function open(page: Page, title: string) {
  await page.getByRole('navigation').getByRole('link', { name: title }).click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
}

export async function accessible(page: Page) {
  const found = await new AxeBuilder({ page }).analyze();
  const grave = found.violations.filter((each) => each.impact === 'serious' || each.impact === 'critical');
  expect(grave.map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`)).toEqual([]);
}

/** Nothing is wider than the page. */
export async function fits(page: Page) {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
}

/** For a picture of what is further down. */
export async function toTop(place: Locator) {
  await place.evaluate((element) => element.scrollIntoView());
}

export async function picture(page: Page, name: string) {
  if (process.env.CONSOLE_SCREENSHOTS) {
    await page.screenshot({ path: join(process.env.CONSOLE_SCREENSHOTS, `${name}.png`) });
  }
}

export async function send(page: Page, name: string, lines: string[]) {
  await page.locator('#file').setInputFiles({ name, mimeType: 'application/jsonl', buffer: Buffer.from(lines.join('\n') + '\n') });
}
