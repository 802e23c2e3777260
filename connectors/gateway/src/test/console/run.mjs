// Starts a local stack on a free port and a data folder of its own, uses its console as people do, and stops it.
// usage: node run.mjs [--screenshots DIR] [--volume] [arguments of Playwright…]
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../../../..');
const work = resolve(here, '../../../target/console-test');
const dualtrack = join(root, 'dualtrack');
const args = process.argv.slice(2);
let screenshots = '';
if (args[0] === '--screenshots') {
  screenshots = resolve(args[1]);
  args.splice(0, 2);
}

const volume = args[0] === '--volume';
if (volume) args.splice(0, 1, 'volume.spec.ts');

function chromium() {
  const named = process.env.CONSOLE_CHROMIUM;
  if (named) return named;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
  }
  throw new Error('no Chromium is on the PATH; install one, or name it in CONSOLE_CHROMIUM');
}

const freePort = () =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

// The tests are copied, so that no node_modules lies among the sources.
mkdirSync(work, { recursive: true });
for (const file of readdirSync(here)) {
  if (file !== 'node_modules') cpSync(join(here, file), join(work, file));
}
const environment = {
  ...process.env,
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
  CONSOLE_CHROMIUM: chromium(),
  CONSOLE_RESULTS: join(work, 'results'),
  CONSOLE_DUALTRACK: dualtrack,
  CONSOLE_EXAMPLES: join(root, 'examples'),
  CONSOLE_SCREENSHOTS: screenshots,
  CONSOLE_VOLUME: volume ? '1' : '',
};
execFileSync('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: work, stdio: 'inherit', env: environment });

const data = mkdtempSync(join(tmpdir(), 'dualtrack-console-'));
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
// The provider is away but for the test of it: the gateway starts without one.
const issuer = `http://127.0.0.1:${await freePort()}`;
const oidc = join(work, 'oidc.json');
writeFileSync(
  oidc,
  JSON.stringify({ name: 'Example', issuer, client_id: 'console', public_url: url, roles_claim: 'groups', roles: { legal: ['COMPLIANCE'] }, tenant: 'staff' }),
);
const stack = spawn(dualtrack, ['up', '--data', data, '--port', String(port), '--sandbox-port', String(await freePort()), '--sandbox-latency', '400ms'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, DUALTRACK_CONSOLE_OIDC: oidc },
});
let code = 1;
try {
  await new Promise((ready, failed) => {
    stack.stdout.on('data', (text) => {
      process.stdout.write(text);
      if (String(text).includes('dualtrack is ready')) ready();
    });
    stack.on('exit', () => failed(new Error('the stack ended before it was ready')));
  });
  // A machine that is busy with starting may not answer the first time.
  for (let left = 5; ; left--) {
    try {
      execFileSync(dualtrack, ['control', 'apply', join(root, 'examples/staff.yaml'), '--stack', url], { stdio: 'inherit' });
      break;
    } catch (error) {
      if (left === 0) throw error;
    }
  }
  // Alerts take hours of traffic to come about by themselves, and a month that is over takes its days.
  const load = volume ? [] : ['--decisions', '0', '--batches', '0', '--alerts', '5', '--exchanges', '5'];
  execFileSync(dualtrack, ['bench', 'console-load', '--stack', url, ...load], { stdio: 'inherit' });
  const test = spawn(join(work, 'node_modules/.bin/playwright'), ['test', ...args], {
    cwd: work,
    stdio: 'inherit',
    env: { ...environment, CONSOLE_URL: url, CONSOLE_ISSUER: issuer },
  });
  code = await new Promise((ended) => test.on('exit', ended));
} finally {
  stack.kill('SIGINT');
  await new Promise((ended) => (stack.exitCode === null && stack.signalCode === null ? stack.on('exit', ended) : ended()));
  rmSync(data, { recursive: true, force: true });
}
process.exit(code);
