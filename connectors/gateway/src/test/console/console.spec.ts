import { expect } from '@playwright/test';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessible, ACME, ANN, BOB, EVE, FIN, fits, GLOBEX, open, picture, send, signIn, test, toTop, VIC } from './people';
import { provider } from './provider';

const example = (name: string) => readFileSync(join(process.env.CONSOLE_EXAMPLES!, name), 'utf8').trim().split('\n');

test('a wrong key is told so, and a right one opens only the pages of its roles', async ({ page }) => {
  await page.goto('/console');
  await page.getByLabel('API key').fill('dt-nobody-has-this');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('Incorrect API key');
  await accessible(page);
  await signIn(page, VIC);
  await expect(page.getByRole('navigation').getByRole('link')).toHaveText(['Live', 'Compliance']);
  await expect(page.getByText('Kill switch')).toHaveCount(0);
  await expect(page.getByText('Try a policy')).toHaveCount(0);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signIn(page, ACME);
  await expect(page.getByRole('navigation').getByRole('link')).toHaveText(['Batches']);
});

test('people sign in at the identity provider, and are told why they may not', async ({ page }) => {
  let groups = ['sales'];
  const button = page.getByRole('link', { name: 'Sign in with Example' });
  const notice = page.getByRole('main').getByRole('status');
  await page.goto('/console#/compliance');
  await button.click();
  await expect(notice).toContainText('cannot be reached now');
  await expect(page.getByLabel('API key')).toBeVisible();
  await accessible(page);
  await picture(page, 'sign-in');

  const there = await provider('carol', () => groups);
  try {
    // That it was away is remembered for some seconds.
    await expect(async () => {
      await button.click();
      await expect(notice).toContainText('nothing of you gives a role here', { timeout: 5_000 });
    }).toPass();
    groups = ['legal'];
    await button.click();
    await expect(page.getByRole('heading', { level: 1, name: 'Compliance' })).toBeVisible();
    await expect(page.getByText('oidc:carol of People who run the service')).toBeVisible();
    expect(new URL(page.url()).search).toBe('');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(button).toBeVisible();
  } finally {
    await there.close();
  }

  await page.route('**/console/api/sign-in', (route) => route.fulfill({ json: { oidc: null } }));
  const answered = page.waitForResponse('**/console/api/sign-in');
  await page.goto('/console');
  await answered;
  await expect(page.getByLabel('API key')).toBeVisible();
  await expect(button).toHaveCount(0);
});

test('a change by cookie without the page\'s token is refused, and the cookie is out of reach of scripts', async ({ page, errors }) => {
  await signIn(page, ANN);
  const status = await page.evaluate(async () => {
    const body = JSON.stringify({ scope: 'PROVIDER', id: 'openai', state: 'SUSPENDED', reason: 'forged' });
    return (await fetch('/console/api/suspensions', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } })).status;
  });
  expect(status).toBe(403);
  expect(await page.evaluate(() => document.cookie)).toBe('');
  const [cookie] = await page.context().cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  errors.length = 0;
});

test('a batch is dropped, watched, previewed and downloaded', async ({ page }) => {
  await signIn(page, ACME);
  await send(page, 'questions.jsonl', example('acme.jsonl').slice(0, 60));
  const chosen = page.getByRole('region', { name: 'Chosen batch' });
  await expect(chosen.getByRole('heading', { name: 'questions.jsonl' })).toBeVisible();
  await expect(chosen.getByRole('link', { name: 'Download answers' })).toBeVisible({ timeout: 90_000 });
  await chosen.getByRole('button', { name: 'Preview answers' }).click();
  await expect(chosen.getByRole('region', { name: 'Answers' }).getByRole('row')).not.toHaveCount(1);
  const downloading = page.waitForEvent('download');
  await chosen.getByRole('link', { name: 'Download answers' }).click();
  const file = await (await downloading).path();
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(lines.every((line) => JSON.parse(line).custom_id.startsWith('acme-'))).toBe(true);
  await accessible(page);
  await picture(page, 'batches');
});

test('the switch is pulled during a batch: the lane turns, and two people open it again', async ({ browser, page }) => {
  test.setTimeout(240_000);
  const batches = await browser.newContext();
  const caller = await batches.newPage();
  await signIn(caller, GLOBEX);
  // Each line of its own, so that none is answered from the cache, and enough of them that the batch outlasts the command.
  const lines = Array.from({ length: 12_000 }, (unused, n) =>
    JSON.stringify({
      custom_id: `switch-${n}`,
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model: 'gpt-5.6-terra', metadata: { 'dualtrack.regions': 'US' }, messages: [{ role: 'user', content: `Question ${n}: what is ${n} times 7?` }] },
    }),
  );
  await send(caller, 'during-the-letter.jsonl', lines);

  await signIn(page, ANN);
  await open(page, 'Live');
  const ways = page.getByRole('region', { name: 'Ways of requests' });
  await expect(ways.locator('tr[data-lane="API"]', { hasText: 'openai-gpt-5.6-terra-us' }).first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('lag')).toHaveText(/^[\d,]+$/);
  await expect(page.getByRole('region', { name: 'Lag of readers' }).getByRole('row', { name: 'topology requests' })).toBeVisible();
  await accessible(page);
  await picture(page, 'live');

  await open(page, 'Compliance');
  await page.getByLabel('Which').selectOption('openai');
  await page.getByLabel('Reason, on record').fill('letter of 12 June');
  await page.getByRole('button', { name: 'Suspend…' }).click();
  await page.getByRole('button', { name: 'Suspend openai now' }).click();
  await expect(page.getByText(/provider openai is SUSPENDED, epoch/)).toBeVisible();
  await expect(page.locator('[data-offering="openai-gpt-5.6-terra-us"]')).toHaveClass(/suspended/);

  await open(page, 'Live');
  // The same batch is answered on the local lane now.
  await expect(ways.locator('tr[data-lane="LOCAL"]', { hasText: 'local-llama-3.1-405b-us' }).filter({ hasText: 'answered' }).first()).toBeVisible({ timeout: 60_000 });
  const settled = async (lane: string) => {
    const figures = await ways.locator(`tr[data-lane="${lane}"] td.number`).allTextContents();
    return figures.reduce((sum, figure) => sum + Number(figure.replaceAll(',', '')), 0);
  };
  // What went before the switch leaves the minute that is shown.
  await expect(async () => expect(await settled('LOCAL')).toBeGreaterThan(await settled('API'))).toPass({ timeout: 70_000 });
  await picture(page, 'live-turned');
  await open(page, 'Compliance');
  await page.getByLabel('Lane').selectOption('LOCAL');
  await page.getByRole('combobox', { name: 'Tenant' }).fill('globex');
  await expect(page.getByRole('table', { name: 'Decisions' }).getByRole('row').nth(1)).toContainText('LOCAL');
  await page.getByRole('table', { name: 'Decisions' }).getByRole('row').nth(1).click();
  const explanation = page.getByRole('article', { name: 'Explanation' });
  await expect(explanation).toContainText('asked for gpt-5.6-terra');
  await explanation.getByText('Each offering, and why or why not').first().click();
  await expect(explanation).toContainText('SUSPENDED');
  await accessible(page);
  await picture(page, 'compliance');

  await page.getByLabel('Which').selectOption('openai');
  await page.getByLabel('Who is served from then on').selectOption('OPEN');
  await page.getByLabel('Reason, on record').fill('letter of 26 June');
  await page.getByRole('button', { name: 'Change…' }).click();
  await page.getByRole('button', { name: 'Set openai to OPEN' }).click();
  await expect(page.getByText('a second person has to approve OPEN')).toBeVisible();
  await expect(page.getByText('A second person has to approve it.')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Approve/ })).toHaveCount(0);
  await expect(page.locator('[data-offering="openai-gpt-5.6-terra-us"]')).toHaveClass(/suspended/);

  const second = await browser.newContext();
  const bob = await second.newPage();
  await signIn(bob, BOB);
  await open(bob, 'Compliance');
  await bob.getByRole('button', { name: 'Approve OPEN for openai' }).click();
  await expect(bob.getByText(/provider openai is OPEN/)).toBeVisible();
  await expect(bob.locator('[data-offering="openai-gpt-5.6-terra-us"]')).toHaveClass(/open/);
  await expect(bob.getByRole('cell', { name: 'staff/ann, approved by staff/bob' })).toBeVisible();

  // On a fast machine it has ended by itself.
  const cancel = caller.getByRole('button', { name: 'Cancel the batch' });
  if (await cancel.isVisible()) await cancel.click();
  await second.close();
  await batches.close();
});

test('finance sees what the batches cost, and takes it away as CSV', async ({ page }) => {
  await signIn(page, FIN);
  await open(page, 'Finance');
  await expect(page.getByTestId('cost')).not.toHaveText('$0.00', { timeout: 60_000 });
  await page.getByRole('combobox', { name: 'By', exact: true }).selectOption('tenant');
  await expect(page.getByRole('region', { name: 'Costs' }).getByRole('rowheader', { name: 'acme' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Budgets' }).getByRole('rowheader', { name: 'acme, research' })).toBeVisible();
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download CSV' }).click();
  const csv = readFileSync(await (await downloading).path(), 'utf8');
  expect(csv).toContain('day,tenant,exchanges,tokens,unpriced_tokens,cost_usd');
  expect(csv).toContain(',acme,');
  await accessible(page);
  await picture(page, 'finance');
});

test('finance sees what last month would have cost elsewhere, takes its charges away as FOCUS, and closes it', async ({ page, errors }) => {
  test.setTimeout(240_000);
  await signIn(page, FIN);
  await open(page, 'Finance');
  const now = new Date();
  const last = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1)).toISOString().slice(0, 7);
  const row = page.getByRole('region', { name: 'Months' }).getByRole('row', { name: last });
  await expect(row).toContainText('over, open', { timeout: 60_000 });

  await page.getByRole('combobox', { name: 'Month', exact: true }).selectOption(last);
  await page.getByLabel('What was used, by').selectOption('offering');
  await page.getByLabel('Its name').fill('openai-gpt-5.6-terra-us');
  await page.getByLabel('On this offering or model').fill('openai-gpt-5.6-luna-us');
  // The rollup may be there before the last row of the ledger is.
  await expect(async () => {
    await page.getByRole('button', { name: 'Compare' }).click();
    await expect(page.getByText(`${last}, offering openai-gpt-5.6-terra-us: 5 exchanges, 6,000 tokens`)).toBeVisible({ timeout: 20_000 });
  }).toPass({ timeout: 90_000 });
  const compared = page.getByRole('region', { name: 'What if', exact: true });
  await expect(compared.getByRole('rowheader', { name: 'openai-gpt-5.6-luna-us' })).toBeVisible();
  await accessible(page);
  await toTop(page.getByRole('heading', { name: 'What if it had gone elsewhere' }));
  await picture(page, 'what-if');

  const script = '<img src=x onerror="window.hurt=1">';
  await page.getByLabel('Its name').fill(script);
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page.getByText(`${last}, offering ${script}: 0 exchanges`)).toBeVisible();
  await page.getByLabel('On this offering or model').fill(script);
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page.getByRole('alert')).toContainText('to must be an offering or a model');
  expect(errors.splice(0)).toEqual([expect.stringContaining('status of 400')]);
  expect(await page.evaluate(() => (window as unknown as { hurt?: number }).hurt)).toBeUndefined();
  expect(await page.locator('main img').count()).toBe(0);

  const downloading = page.waitForEvent('download');
  await row.getByRole('link', { name: `FOCUS of ${last}` }).click();
  const lines = readFileSync(await (await downloading).path(), 'utf8').trim().split('\r\n');
  expect(lines[0]).toMatch(/^BilledCost,BillingAccountId,/);
  expect(lines.slice(1).every((line) => line.includes(`,${last}-01T00:00:00Z,Usage,`))).toBe(true);
  expect(lines.length).toBeGreaterThan(1);

  await row.getByRole('button', { name: 'Close…' }).click();
  await row.getByRole('button', { name: `Close ${last} for good` }).click();
  await expect(row).toContainText('by staff/fin', { timeout: 120_000 });
  await expect(row.getByRole('button')).toHaveCount(0);
});

test('compliance sees that the audit trail is sealed and holds', async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page, ANN);
  await open(page, 'Compliance');
  // The first verification is made a minute after the start of the sealer.
  await expect(page.getByTestId('audit-state')).toHaveAttribute('data-state', 'HOLDS', { timeout: 180_000 });
  await expect(page.getByText('The trail held when it was last verified')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Sealed topics' }).getByRole('rowheader', { name: 'dualtrack.audit', exact: true })).toBeVisible();
  await accessible(page);
  await toTop(page.getByRole('heading', { name: 'Audit trail' }));
  await picture(page, 'audit-trail');
});

test('compliance tries a policy before it is published, and sees what dualtrack policy diff says', async ({ browser, page }) => {
  test.setTimeout(240_000);
  const other = await browser.newContext();
  const caller = await other.newPage();
  await signIn(caller, ACME);
  await send(caller, 'to-be-tried.jsonl', example('acme.jsonl').slice(60, 80));
  await expect(caller.getByRole('region', { name: 'Chosen batch' }).getByRole('link', { name: 'Download answers' })).toBeVisible({ timeout: 90_000 });
  await other.close();

  const script = '<img src=x onerror="window.hurt=1">';
  const shipped = readFileSync(join(process.env.CONSOLE_EXAMPLES!, '../infra/control/policies.yaml'), 'utf8');
  const stricter = shipped.replace(
    '    rules:\n',
    `    rules:
      - id: nothing-closed
        version: 1
        source: '${script}'
        confidence: HOUSE
        effect: DENY
        condition: 'weights == "CLOSED"'
        code: NOTHING_CLOSED
        reason: Closed weights were withdrawn
        owner: compliance
        effective_from: 2026-01-01
`,
  );
  const broken = stricter.replace('weights ==', 'wieghts ==');
  const file = join(process.env.CONSOLE_RESULTS!, '..', 'stricter.yaml');
  writeFileSync(file, stricter);

  await signIn(page, ANN);
  await open(page, 'Compliance');
  const policy = page.getByRole('region', { name: 'Try a policy' });
  const ask = policy.getByRole('button', { name: 'Show what would change' });
  await expect(ask).toBeDisabled();
  await policy.getByLabel('Or paste it').fill(broken);
  await ask.press('Enter');
  const line = broken.split('\n').findIndex((each) => each.includes('wieghts')) + 1;
  await expect(policy.getByRole('alert')).toContainText('It cannot be published: one problem.');
  await expect(policy.getByRole('listitem')).toContainText(`the pasted text, line ${line}: 'condition' of rule 'nothing-closed' is not a CEL condition`);
  await accessible(page);

  await policy.getByLabel('Or paste it').fill('');
  await expect(policy.getByRole('alert')).toHaveCount(0);
  await policy.getByLabel('Choose policy files').setInputFiles([file, join(process.env.CONSOLE_EXAMPLES!, '../infra/control/policies.yaml')]);
  await policy.getByRole('button', { name: 'Take policies.yaml away' }).press('Enter');
  await ask.press('Enter');
  const said = policy.getByTestId('preview');
  await expect(said).toContainText('would fare otherwise');
  const rule = policy.getByRole('region', { name: 'Rules behind the changes' }).getByRole('row', { name: 'nothing-closed' });
  await expect(rule).toContainText(`Closed weights were withdrawn (${script}; house; compliance)`);
  const concerned = policy.getByRole('region', { name: 'Requests that would change' });
  await expect(concerned.getByRole('row', { name: 'acme' }).first()).toContainText('+NOTHING_CLOSED[nothing-closed]');
  expect(await page.evaluate(() => (window as unknown as { hurt?: number }).hurt)).toBeUndefined();
  expect(await page.locator('main img').count()).toBe(0);

  const text = (await said.textContent())!;
  const [, changed, decided] = /([\d,]+) of ([\d,]+) requests/.exec(text)!.map((each) => Number(each.replaceAll(',', '')));
  const inForce = /held against starter (\S+) /.exec(text)![1];
  const command = spawnSync(process.env.CONSOLE_DUALTRACK!, ['policy', 'diff', inForce, file, '--replay', '10000', '--json', '--stack', process.env.CONSOLE_URL!], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  expect(command.status, command.stderr).toBe(1);
  const diff = JSON.parse(command.stdout);
  expect([diff.changes.length, diff.decided]).toEqual([changed, decided]);
  const tiles = await policy.locator('[data-kind]').evaluateAll((all) => all.map((each) => [each.getAttribute('data-kind'), Number(each.querySelector('dd')!.textContent!.replaceAll(',', ''))]));
  const kinds = new Map<string, number>();
  for (const each of diff.changes) kinds.set(each.kind, (kinds.get(each.kind) ?? 0) + 1);
  expect(new Map(tiles as [string, number][])).toEqual(kinds);

  await toTop(page.getByRole('heading', { name: 'Try a policy' }));
  await picture(page, 'policy');
  await concerned.getByRole('button', { name: /^Explain / }).first().press('Enter');
  await expect(policy.getByRole('article', { name: 'Explanation' })).toContainText('Each offering, and why or why not');
  await accessible(page);
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await accessible(page);
  // It was looked at, and nothing else: what is in force is what was.
  await ask.click();
  await expect(said).toContainText(`held against starter ${inForce} `);
});

test('a drill is shown apart from the commands while it runs', async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page, ANN);
  await open(page, 'Compliance');
  const drill = spawn(process.env.CONSOLE_DUALTRACK!, [
    'drill', '--suspend', 'claude-fable-5', '--live', '--for', '10m', '--share', '1%', '--reason', 'rehearsal <b>Q4</b>', '--as', 'ann', '--wait', '1s', '--stack', process.env.CONSOLE_URL!,
  ], { stdio: 'ignore' });
  const ended = new Promise((over) => drill.on('exit', over));
  try {
    const commands = page.getByRole('region', { name: 'Commands in force' });
    await expect(commands.getByText(/^A drill runs until .*model claude-fable-5, by ann: rehearsal <b>Q4<\/b>/)).toBeVisible({ timeout: 120_000 });
    await expect(commands.getByRole('region', { name: 'Commands', exact: true })).not.toContainText('rehearsal');
    await expect(page.locator('[data-offering="anthropic-claude-fable-5-us"]')).not.toHaveClass(/suspended/);
    await accessible(page);
    await picture(page, 'drill');
  } finally {
    drill.kill('SIGINT');
    await ended;
  }
  await expect(page.getByText(/^A drill runs until/)).toHaveCount(0);
});

test('a cluster is throttled, and that is undone', async ({ page }) => {
  await signIn(page, EVE);
  await open(page, 'Fraud');
  await page.getByRole('table', { name: 'Clusters' }).getByRole('row').nth(1).click();
  const cluster = page.getByRole('region', { name: 'Chosen cluster' });
  await cluster.getByLabel('Reason, on record').fill('case 17');
  await cluster.getByRole('button', { name: 'Act on all accounts' }).click();
  await expect(page.getByText(/throttle for 8 accounts of cluster load-/)).toBeVisible();
  await expect(cluster.getByRole('region', { name: 'Actions' })).toContainText('throttle to 6 a minute (in force)');
  await accessible(page);
  await picture(page, 'fraud');
  await cluster.getByLabel('Reason, on record').fill('appeal granted');
  await cluster.getByRole('button', { name: 'Undo what was done' }).click();
  await expect(cluster.getByRole('region', { name: 'Actions' })).toContainText('undone: throttle');
  await expect(cluster.getByRole('region', { name: 'Actions' })).not.toContainText('(in force)');
});

test('script in everything that a person can name shows as text', async ({ browser, page }) => {
  const script = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>';
  const other = await browser.newContext();
  const caller = await other.newPage();
  await signIn(caller, ACME);
  await send(caller, `${script.replaceAll('/', '')}.jsonl`, [
    JSON.stringify({ custom_id: script, method: 'POST', url: '/v1/chat/completions', body: { model: 'gpt-5.6-sol', messages: [{ role: 'user', content: script }] } }),
    JSON.stringify({ custom_id: 'unknown', method: 'POST', url: '/v1/chat/completions', body: { model: script, messages: [{ role: 'user', content: 'Hi' }] } }),
  ]);
  const chosen = caller.getByRole('region', { name: 'Chosen batch' });
  await expect(chosen.getByRole('heading', { level: 2 })).toContainText('<img src=x onerror=');
  await expect(chosen.getByRole('link', { name: /Download/ }).first()).toBeVisible({ timeout: 90_000 });
  for (const preview of await chosen.getByRole('button', { name: /Preview/ }).all()) {
    await preview.click();
    await expect(chosen.getByRole('table')).toBeVisible();
  }
  expect(await caller.evaluate(() => (window as unknown as { hurt?: number }).hurt)).toBeUndefined();

  await signIn(page, ANN);
  await open(page, 'Compliance');
  await page.getByLabel('Which').selectOption('mistral');
  await page.getByLabel('Reason, on record').fill(script);
  await page.getByRole('button', { name: 'Suspend…' }).click();
  await page.getByRole('button', { name: 'Suspend mistral now' }).click();
  await expect(page.getByRole('cell', { name: script })).toBeVisible();
  await page.getByLabel('Request id, or a part of it').fill(script);
  await expect(page.getByTestId('matching')).toContainText('0 of the latest');
  await page.getByLabel('Request id, or a part of it').fill('');
  await page.getByLabel('Outcome').selectOption('refused');
  await expect(page.getByRole('table', { name: 'Decisions' })).toContainText('<img src=x');
  expect(await page.evaluate(() => (window as unknown as { hurt?: number }).hurt)).toBeUndefined();
  expect(await page.locator('main img, main script').count()).toBe(0);
  await other.close();
});

for (const [scheme, width] of [['light', 360], ['dark', 360], ['dark', 1280]] as const) {
  test(`each page is accessible and fits, ${scheme} at ${width}`, async ({ browser }) => {
    test.setTimeout(240_000);
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 740 }, reducedMotion: 'reduce' });
    const page = await context.newPage();
    for (const [key, titles] of [
      [ANN, ['Live', 'Compliance']],
      [ACME, ['Batches']],
      [FIN, ['Finance']],
      [EVE, ['Fraud']],
    ] as const) {
      await signIn(page, key);
      for (const title of titles) {
        await open(page, title);
        await accessible(page);
        await fits(page);
        if (width === 360 && title === 'Compliance') await picture(page, `${title.toLowerCase()}-${scheme}-360`);
      }
      await page.getByRole('button', { name: 'Sign out' }).click();
    }
    await context.close();
  });
}
