import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../../functions/local/options.ts';

describe('parseOptions', () => {
  it('has defaults for everything', () => {
    expect(parseOptions([])).toEqual({
      kind: 'run',
      options: { port: 8787, regions: ['local'], replicationLagMs: 0, verbose: false },
    });
  });

  it('reads every flag', () => {
    const args = ['--config', 'g.yaml', '--port=0', '--regions', 'us-east-1, eu-central-1'];
    expect(parseOptions([...args, '--replication-lag-ms', '800', '--data', 'd', '--verbose'])).toEqual({
      kind: 'run',
      options: {
        configFile: 'g.yaml',
        port: 0,
        regions: ['us-east-1', 'eu-central-1'],
        replicationLagMs: 800,
        dataDirectory: 'd',
        verbose: true,
      },
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
    [['--regions', 'eu-central-1,us-east-1,eu-central-1'], '--regions names "eu-central-1" twice'],
    [['--regions', 'eu-central-1,'], 'received ""'],
    [
      ['--regions', 'a1,b1,c1', '--port', '65534'],
      '--port must be at most 65533 for 3 regions, received "65534"',
    ],
    [
      ['--regions', 'a1,b1', '--replication-lag-ms', '1s'],
      '--replication-lag-ms must be a number from 0 to 3600000, received "1s"',
    ],
    [['--regions', 'a1,b1', '--replication-lag-ms', '3600001'], 'received "3600001"'],
    [['--replication-lag-ms', '100'], '--replication-lag-ms needs two --regions or more'],
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
