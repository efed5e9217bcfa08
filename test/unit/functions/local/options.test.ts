import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../../functions/local/options.ts';

describe('parseOptions', () => {
  it('has defaults for everything', () => {
    expect(parseOptions([])).toEqual({
      kind: 'run',
      options: { port: 8787, region: 'local', verbose: false },
    });
  });

  it('reads every flag', () => {
    const args = ['--config', 'g.yaml', '--port=0', '--regions', 'eu-central-1', '--data', 'd', '--verbose'];
    expect(parseOptions(args)).toEqual({
      kind: 'run',
      options: { configFile: 'g.yaml', port: 0, region: 'eu-central-1', dataDirectory: 'd', verbose: true },
    });
  });

  it.each([['--help'], ['-h'], ['--port', '1', '--help']])('%s asks for help', (...args) => {
    expect(parseOptions(args)).toEqual({ kind: 'help' });
  });

  it.each([
    [['--prot', '1'], "Unknown option '--prot'; see --help"],
    [['serve'], "Unexpected argument 'serve'"],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--port', 'eighty'], '--port must be a number from 0 to 65535, received "eighty"'],
    [['--port', '65536'], 'received "65536"'],
    [['--port=-1'], 'received "-1"'],
    [['--port', '1.5'], 'received "1.5"'],
    [['--regions', 'eu-central-1,us-east-1'], 'one region in this version'],
    [['--regions', 'Frankfurt'], 'received "Frankfurt"'],
    [['--regions', ''], 'received ""'],
    [['--config', ''], '--config needs a path'],
    [['--data', ' '], '--data needs a path'],
  ])('%j is wrong, and one line says why', (args, message) => {
    const parsed = parseOptions(args);
    expect(parsed).toMatchObject({ kind: 'wrong', message: expect.stringContaining(message) });
    expect(JSON.stringify(parsed)).not.toContain('\\n');
  });
});
