import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { demoKey } from '../../functions/local/demo.ts';
import { receive, startScriptedProvider } from '../support/scripted.ts';

/** `npm start`, as a person runs it: a process, its two outputs, its exit code. */

const main = join(import.meta.dirname, '../../functions/local/main.ts');
const directory = mkdtempSync(join(tmpdir(), 'fairlead-'));
const running: Run[] = [];
afterEach(() => {
  for (const run of running.splice(0)) run.process.kill('SIGKILL');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Run {
  readonly process: ChildProcessWithoutNullStreams;
  stdout: string;
  stderr: string;
  readonly exit: Promise<number | null>;
}

function start(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Run {
  const child = spawn(process.execPath, [main, ...args], {
    // Compiled once for all: half of what a start takes.
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(directory, 'compiled'), ...variables },
  });
  const exit = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  const run: Run = { process: child, stdout: '', stderr: '', exit };
  child.stdout.on('data', (chunk: Buffer) => (run.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (run.stderr += chunk.toString()));
  running.push(run);
  return run;
}

/** Runs to its end. */
async function finish(
  ...args: readonly string[]
): Promise<{ code: number | null; stderr: string; stdout: string }> {
  const run = start(args);
  const code = await run.exit;
  return { code, stderr: run.stderr, stdout: run.stdout };
}

/** Resolves with the base URL once the gateway says that it serves. */
async function serving(run: Run): Promise<string> {
  for (;;) {
    const url = /^fairlead \S+ (http:\S+)$/m.exec(run.stdout)?.[1];
    // The example comes right after; a pipe may deliver it separately.
    if (url !== undefined && run.stdout.includes('-d ')) return url;
    const ended = await Promise.race([
      once(run.process.stdout, 'data').then(() => false),
      run.exit.then(() => true),
    ]);
    if (ended) throw new Error(`ended before serving: ${run.stderr}`);
  }
}

function file(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

/** A server on the loopback interface; port 0 takes a free one. Undefined where the port is in use. */
async function listening(port: number): Promise<{ server: Server; port: number } | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : port };
}

/** A free port before one that is taken. */
async function beforeATakenPort(): Promise<{ port: number; taken: Server }> {
  for (;;) {
    const free = await listening(0);
    const taken = free && (await listening(free.port + 1));
    free?.server.close();
    if (free !== undefined && taken !== undefined) return { port: free.port, taken: taken.server };
  }
}

const clientOf = (baseUrl: string, apiKey: string): OpenAI =>
  new OpenAI({ baseURL: `${baseUrl}/v1`, apiKey, maxRetries: 0 });

describe('the demo', () => {
  it('prints a line for its region and a curl that streams, answers the SDK, and ends on SIGTERM', async () => {
    const run = start(['--port', '0', '--regions', 'eu-central-1']);
    const baseUrl = await serving(run);
    expect(run.stdout).toMatch(/^fairlead eu-central-1 http:\/\/127\.0\.0\.1:\d+\n/);

    const curl = spawn('sh', ['-c', /curl[^]*/.exec(run.stdout)?.[0] ?? 'false'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let streamed = '';
    curl.stdout.on('data', (chunk: Buffer) => (streamed += chunk.toString()));
    expect(await once(curl, 'close')).toEqual([0, null]);
    expect(streamed.match(/^data: \{/gm)?.length).toBeGreaterThan(10);
    expect(streamed.trimEnd().endsWith('data: [DONE]')).toBe(true);

    const answer = await clientOf(baseUrl, demoKey).chat.completions.create({
      model: 'demo-down',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    expect(answer.choices[0]?.message.content).toContain('demo-down at anthropic');

    run.process.kill('SIGTERM');
    expect(await run.exit).toBe(0);
    expect(run.stderr).toBe('');
  });

  it('stays the demo beside real keys, and says how to use them without showing them', async () => {
    const run = start(['--port', '0'], { OPENAI_API_KEY: 'sk-very-secret' });
    await serving(run);
    run.process.kill('SIGTERM');
    await run.exit;
    expect(run.stdout).toContain('openai: { type: openai, keys: [{ id: a, env: OPENAI_API_KEY }] }');
    expect(run.stdout + run.stderr).not.toContain('sk-very-secret');
  });

  it('logs each request as one JSON line when asked to', async () => {
    const run = start(['--port', '0', '--verbose']);
    const client = clientOf(await serving(run), demoKey);
    await client.chat.completions.create({
      model: 'demo-chat',
      messages: [{ role: 'user', content: 'my secret' }],
    });
    run.process.kill('SIGTERM');
    await run.exit;
    const lines = run.stdout.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { event: 'request', status: 200 },
    ]);
    expect(run.stdout).not.toContain('my secret');
  });
});

describe('a document', () => {
  it('of three lines is enough: a key is made, printed, and the provider key taken from the environment', async () => {
    const provider = await startScriptedProvider();
    const config = file(
      'three.yaml',
      `providers:\n  house: { type: openai-compatible, baseUrl: "${provider.baseUrl}/v1",\n    keys: [{ id: a, env: HOUSE_KEY }] }\n`,
    );
    const run = start(['--port', '0', '--config', config], { HOUSE_KEY: 'sk-house' });
    const baseUrl = await serving(run);
    const key = /Bearer (\S+)'/.exec(run.stdout)?.[1] ?? '';
    expect(key).toMatch(/^fl-local-[0-9a-f]{32}$/);
    const answer = await clientOf(baseUrl, key).chat.completions.create({
      model: 'house/llama',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    expect(answer.choices[0]?.message.content).toContain('You said: "Hi"');
    expect(provider.requests[0]).toMatchObject({
      model: 'llama',
      headers: { authorization: 'Bearer sk-house' },
    });
    await provider.close();
  });

  it('is served until SIGINT, which cuts open streams and ends the process within a second', async () => {
    const provider = await startScriptedProvider({
      behaviours: { '*': { fault: { kind: 'stall', after: 1 } } },
    });
    const config = file(
      'stall.json',
      JSON.stringify({
        providers: { house: { type: 'openai-compatible', baseUrl: `${provider.baseUrl}/v1` } },
        virtualKeys: [{ id: 'k', key: 'fl-own-key', providers: [{ provider: 'house', models: ['*'] }] }],
      }),
    );
    const run = start(['--port', '0', '--config', config]);
    const response = await fetch(`${await serving(run)}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer fl-own-key' },
      body: JSON.stringify({ model: 'house/m', stream: true, messages: [{ role: 'user', content: 'x' }] }),
    });
    expect(response.status).toBe(200);
    run.process.kill('SIGINT');
    expect(await run.exit).toBe(0);
    expect((await receive(response)).complete).toBe(false);
    await provider.close();
  });

  it('that names a variable which is not set gets a warning', async () => {
    const config = file(
      'unset.json',
      '{"providers":{"o":{"type":"openai","keys":[{"id":"a","env":"NOT_SET"}]}}}',
    );
    const run = start(['--port', '0', '--config', config]);
    await serving(run);
    run.process.kill('SIGTERM');
    await run.exit;
    expect(run.stderr).toContain('warning: NOT_SET is not set: key "a" of provider "o" cannot be used');
  });

  it('survives a restart in a data directory', async () => {
    const data = join(directory, 'data');
    const provider = await startScriptedProvider();
    for (const key of ['fl-first-key', 'fl-second-key']) {
      const config = file(
        'data.json',
        JSON.stringify({
          providers: { house: { type: 'openai-compatible', baseUrl: `${provider.baseUrl}/v1` } },
          virtualKeys: [{ id: 'k', key, providers: [{ provider: 'house', models: ['*'] }] }],
        }),
      );
      const run = start(['--port', '0', '--config', config, '--data', data]);
      const client = clientOf(await serving(run), key);
      const answer = await client.chat.completions.create({
        model: 'house/m',
        messages: [{ role: 'user', content: 'x' }],
      });
      expect(answer.choices[0]?.finish_reason).toBe('stop');
      run.process.kill('SIGTERM');
      expect(await run.exit).toBe(0);
    }
    await provider.close();
  });
});

describe('several regions', () => {
  const regions = ['us-east-1', 'eu-central-1', 'ap-northeast-1'];
  const listed = (run: Run): readonly string[] =>
    [...run.stdout.matchAll(/^fairlead (\S+) (http:\S+)$/gm)].map(([, region]) => region ?? '');

  it('print a line each, answer with one key, and end together on SIGTERM', async () => {
    const run = start(['--port', '0', '--regions', regions.join(), '--replication-lag-ms', '250']);
    await serving(run);
    expect(run.stdout).toMatch(
      /^fairlead us-east-1 http:\S+\nfairlead eu-central-1 http:\S+\nfairlead ap-northeast-1 http:\S+\n\ncurl /,
    );
    for (const [, region, baseUrl = ''] of run.stdout.matchAll(/^fairlead (\S+) (http:\S+)$/gm)) {
      const response = await clientOf(baseUrl, demoKey)
        .chat.completions.create({ model: 'demo-chat', messages: [{ role: 'user', content: 'Hi' }] })
        .asResponse();
      expect([response.status, response.headers.get('x-fairlead-region')]).toEqual([200, region]);
    }
    run.process.kill('SIGTERM');
    expect(await run.exit).toBe(0);
    expect(run.stderr).toBe('');
  });

  it('take successive ports, and name the one that is in use', async () => {
    const { port, taken } = await beforeATakenPort();
    expect(await finish('--port', String(port), '--regions', 'us-east-1,eu-central-1')).toEqual({
      code: 1,
      stdout: '',
      stderr: `fairlead: Port ${port + 1} is in use; choose another with --port\n`,
    });
    taken.close();
  });

  it('keep a database each, and come back after being killed', async () => {
    const data = join(directory, 'three');
    const args = ['--port', '0', '--regions', regions.join(), '--data', data];
    const first = start(args);
    await serving(first);
    first.process.kill('SIGKILL');
    await first.exit;
    expect(
      readdirSync(data)
        .filter((name) => !name.includes('.'))
        .toSorted(),
    ).toEqual(regions.toSorted());

    const second = start(args);
    await serving(second);
    expect(listed(second)).toEqual(regions);
    second.process.kill('SIGINT');
    expect(await second.exit).toBe(0);
  });
});

describe('bad input', () => {
  it('--help explains the flags and the models of the demo', async () => {
    const { code, stdout } = await finish('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--config FILE');
    expect(stdout).toContain('demo-flaky');
  });

  it.each([
    [['--prot', '1'], "fairlead: Unknown option '--prot'; see --help\n"],
    [['--port', 'x'], 'fairlead: --port must be a number from 0 to 65535, received "x"\n'],
    [['--regions', 'a1,a1'], 'fairlead: --regions names "a1" twice\n'],
    [['--replication-lag-ms', '5'], 'fairlead: --replication-lag-ms needs two --regions or more\n'],
    [['--config', '/missing.json'], 'fairlead: config file /missing.json does not exist\n'],
  ])('%j: one line, exit code 2', async (args, stderr) => {
    expect(await finish(...args)).toEqual({ code: 2, stdout: '', stderr });
  });

  it('a file that is no JSON or YAML: one line that names the place, exit code 2', async () => {
    const json = await finish('--config', file('bad.json', '{"providers": {,}}'));
    expect(json).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/bad\.json: is not JSON \(at position 15.*\)\n$/),
    });
    const yaml = await finish('--config', file('bad.yaml', 'a: [1\nb: 2'));
    expect(yaml).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/bad\.yaml: is not YAML \(line \d+.*\)\n$/),
    });
  });

  it('an invalid document: every problem with its path, exit code 2, no key shown', async () => {
    const config = file(
      'invalid.json',
      JSON.stringify({
        providers: { a: { type: 'openia' } },
        virtualKeys: [{ id: 'k', key: 'fl-secret-key', budgts: [] }],
      }),
    );
    const { code, stderr } = await finish('--config', config);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^fairlead: .*invalid\.json: The gateway document has 2 problems\n/);
    expect(stderr).toMatch(/^ {2}providers\.a\.type: /m);
    expect(stderr).toMatch(/^ {2}virtualKeys.*budgts/m);
    expect(stderr).not.toContain('fl-secret-key');
  });

  it('a port in use: one line, exit code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    expect(await finish('--port', String(port))).toEqual({
      code: 1,
      stdout: '',
      stderr: `fairlead: Port ${port} is in use; choose another with --port\n`,
    });
    other.close();
  });

  it('a data directory that is a file: one line, exit code 1', async () => {
    const { code, stderr } = await finish('--port', '0', '--data', file('data-file', ''));
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^fairlead: Data directory .* cannot be used: .*\n$/),
    ]);
  });
});
