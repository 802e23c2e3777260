// Builds the page into the folder that is named, and does nothing where it was built from the same files before.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = dirname(fileURLToPath(import.meta.url));
const [classes, work] = process.argv.slice(2).map((path) => resolve(path));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`the console needs Node.js 20.19 or newer, and this is ${process.versions.node}: built without it`);
  process.exit(0);
}

const files = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !['node_modules', 'dist'].includes(entry.name))
    .flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();

const hash = createHash('sha256');
for (const file of files(sources)) {
  hash.update(relative(sources, file)).update('\0').update(readFileSync(file)).update('\0');
}
const wanted = hash.digest('hex');
const copy = join(work, 'sources');
const built = join(work, 'built');
const mark = join(work, 'built.sha256');
const at = join(classes, 'io/dualtrack/gateway/console');

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

// Node.js alone comes without npm on some machines, and is as good as none here.
function withoutNpm() {
  const { error } = spawnSync(npm, ['--version'], { stdio: 'ignore', shell: process.platform === 'win32' });
  return error?.code === 'ENOENT';
}

if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
  if (withoutNpm()) {
    console.error('the console needs npm, and there is none: built without it');
    process.exit(0);
  }
  const modules = join(copy, 'node_modules');
  const lock = readFileSync(join(sources, 'package-lock.json'));
  const installed = join(work, 'installed.sha256');
  const lockHash = createHash('sha256').update(lock).digest('hex');
  const run = (...command) =>
    execFileSync(npm, command, {
      cwd: copy,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, CONSOLE_OUT: built },
      shell: process.platform === 'win32',
    });
  mkdirSync(copy, { recursive: true });
  for (const entry of readdirSync(copy)) {
    if (entry !== 'node_modules') {
      rmSync(join(copy, entry), { recursive: true });
    }
  }
  for (const file of files(sources)) {
    cpSync(file, join(copy, relative(sources, file)));
  }
  if (!existsSync(modules) || !existsSync(installed) || readFileSync(installed, 'utf8') !== lockHash) {
    run('ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error');
    writeFileSync(installed, lockHash);
  }
  run('run', '--silent', 'check');
  run('run', '--silent', 'build');
  writeFileSync(mark, wanted);
}
// Names of files change with what is in them: those of an earlier build go.
rmSync(join(at, 'assets'), { recursive: true, force: true });
cpSync(built, at, { recursive: true });
writeFileSync(join(at, 'files.txt'), files(built).map((file) => relative(built, file).replaceAll('\\', '/')).join('\n') + '\n');
