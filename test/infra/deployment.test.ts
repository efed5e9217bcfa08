import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { deployments } from '../../cdk/config.ts';
import { ConfigurationError, readDeployments } from '../../cdk/deployment.ts';
import { sitesOf } from '../../cdk/stacks/environment.ts';
import { readSites } from '../../lib/accounting/quota/sites.ts';

const minimal = { name: 'acme', homeRegion: 'eu-west-1', regions: [{ region: 'eu-west-1' }] };

describe('the configuration of a deployment', () => {
  it('fills in what is left out', () => {
    expect(readDeployments([minimal])).toEqual([
      {
        name: 'acme',
        homeRegion: 'eu-west-1',
        regions: [
          {
            region: 'eu-west-1',
            zones: ['eu'],
            site: 'eu-west-1',
            callerEndpointIds: [],
            replicaEndpoints: {},
          },
        ],
        formerSites: [],
        network: { mode: 'public' },
        administrators: { viewer: [], operator: [], owner: [] },
        api: { requestsPerSecond: 10_000, burst: 5_000 },
        capacity: { memoryMb: 1769, tableReadUnitsPerSecond: 20_000, tableWriteUnitsPerSecond: 20_000 },
        rollout: { kind: 'canary', percent: 10, minutes: 10 },
        alarms: {},
        retention: { logDays: 30, recoveryDays: 35 },
        tracing: 'off',
        zoneEndpoints: {},
        apiGatewayLogRole: 'create',
        secretPrefix: 'acme/',
        tags: {},
      },
    ]);
  });

  it('narrows the zones of a region, down to none', () => {
    const [deployment] = readDeployments([{ ...minimal, regions: [{ region: 'eu-west-1', zones: [] }] }]);
    expect(deployment?.regions).toMatchObject([{ region: 'eu-west-1', zones: [], site: 'eu-west-1' }]);
  });

  it('is an example of three regions in three zones', () => {
    const read = readDeployments(deployments);
    expect(read.map(({ name }) => name)).toEqual(['fairlead']);
    expect(read[0]?.regions).toMatchObject([
      { region: 'us-east-1', zones: ['us'], site: 'us-east-1' },
      { region: 'eu-central-1', zones: ['eu'], site: 'eu-central-1' },
      { region: 'ap-northeast-1', zones: ['jp'], site: 'ap-northeast-1' },
    ]);
  });

  it.each([
    [[{ share: 1.5 }], 'deployments[0].regions[0].share: '],
    [[{ share: -0.1 }], 'deployments[0].regions[0].share: '],
    [[{ share: 1e-7 }], 'deployments[0].regions[0].share: expected 0, or at least 0.000001'],
    [[{ share: 0.7 }, { share: 0.4 }], 'deployments[0].regions: expected shares that sum to at most 1'],
    [[{ share: 0.5 }, {}], 'deployments[0].regions: expected a share for every region, or for none'],
    [[{ site: 'us-east-1' }, {}], 'deployments[0].regions[0].site: expected "eu-west-1", or "eu-west-1.<n>"'],
  ])('hands out no more of a limit than there is: %j', (parts, problem) => {
    const names = ['eu-west-1', 'eu-central-1'];
    const regions = parts.map((part, index) => ({ region: names[index], ...part }));
    expect(() => readDeployments([{ ...minimal, regions }])).toThrow(problem);
  });

  it.each([
    { regions: ['us-east-1'] },
    { regions: ['us-east-1', 'eu-west-1', 'eu-central-1', 'ap-northeast-1', 'ca-central-1', 'sa-east-1'] },
    { regions: ['us-east-1', 'eu-west-1'], shares: [1e-6, 0], left: ['eu-west-2'] },
    { regions: ['us-east-1', 'eu-west-1'], shares: [0.1 + 0.2, 0.7], left: ['eu-west-2'] },
  ])('writes shares as the functions read them: %j', ({ regions, shares, left = [] }) => {
    const [deployment] = readDeployments([
      {
        name: 'acme',
        homeRegion: 'us-east-1',
        regions: regions.map((region, index) => ({
          region,
          ...(shares !== undefined && { share: shares[index] }),
        })),
        formerSites: left,
      },
    ]);
    if (deployment === undefined) throw new Error('no deployment');
    const { sites, site } = readSites(sitesOf(deployment), 'us-east-1');
    expect(site).toBe('us-east-1');
    expect(sites.map((each) => each.site)).toEqual([...regions, ...left]);
    for (const gone of left) expect(sites).toContainEqual({ site: gone, share: 0, left: true });
    regions.forEach((_, index) => {
      expect(sites[index]?.share).toBe(shares?.[index] ?? 1 / regions.length);
    });
  });

  it('takes a region that returns under another site, and knows no site twice', () => {
    const regions = [{ region: 'eu-west-1', site: 'eu-west-1.2', share: 0 }];
    const [deployment] = readDeployments([{ ...minimal, regions, formerSites: ['eu-west-1'] }]);
    expect(deployment?.regions[0]).toMatchObject({ site: 'eu-west-1.2', share: 0 });
    expect(() => readDeployments([{ ...minimal, formerSites: ['eu-west-1'] }])).toThrow(
      'deployments[0].formerSites[0]: "eu-west-1" is there twice',
    );
  });

  it.each([
    [{ capacity: { memoryMb: 'lots' } }, 'deployments[0].capacity.memoryMb: ', '; received "lots"'],
    [
      { capacity: { memoryMb: 256 } },
      'deployments[0].capacity.memoryMb: expected at least 512',
      '; received 256',
    ],
    [
      { memoryMB: 1024 },
      'deployments[0].memoryMB: there is no such field; known are name,',
      '; received 1024',
    ],
    [{ name: 'Acme' }, 'deployments[0].name: expected 1 to 20 of a-z', '; received "Acme"'],
    [{ account: '1234' }, 'deployments[0].account: expected the 12 digits', '; received "1234"'],
    [
      { homeRegion: 'us-east-1' },
      'deployments[0].homeRegion: ',
      'one of the deployment\'s own regions: eu-west-1; received "us-east-1"',
    ],
    [{ regions: [] }, 'deployments[0].regions: ', '; received []'],
    [{ regions: undefined }, 'deployments[0].regions: ', '; received nothing'],
    [
      { regions: [{ region: 'eu-west-1' }, { region: 'eu-west-1' }] },
      'deployments[0].regions[1].region: "eu-west-1" is there twice; received "eu-west-1"',
      '',
    ],
    [
      { regions: [{ region: 'Ireland' }] },
      'deployments[0].regions[0].region: expected the name of an AWS region',
      '; received "Ireland"',
    ],
    [
      { regions: [{ region: 'eu-west-1', zones: ['us'] }] },
      'deployments[0].regions[0].zones[0]: eu-west-1 lies in eu; a region cannot serve another zone',
      '; received "us"',
    ],
    [
      { regions: [{ region: 'eu-west-1', zones: ['mars'] }] },
      'deployments[0].regions[0].zones[0]: expected a zone: eu, uk',
      '; received "mars"',
    ],
    [{ retention: { logDays: 31 } }, 'deployments[0].retention.logDays: ', '; received 31'],
    [
      { zoneEndpoints: { eu: 'http://eu.example.com' } },
      'deployments[0].zoneEndpoints.eu: expected an https URL',
      '; received "http://eu.example.com"',
    ],
    [{ apiGatewayLogRole: 'none' }, 'deployments[0].apiGatewayLogRole: ', '; received "none"'],
    [{ tags: { team: 7 } }, 'deployments[0].tags.team: ', '; received 7'],
  ])('refuses %j, naming the field and the value', (change, field, rest) => {
    const read = () => readDeployments([{ ...minimal, ...change }]);
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(field);
    expect(read).toThrow(rest);
  });

  it('names every problem at once', () => {
    const read = () =>
      readDeployments([{ ...minimal, capacity: { memoryMb: 1 }, retention: { logDays: 2 } }, minimal]);
    expect(read).toThrow('deployments[0].capacity.memoryMb');
    expect(read).toThrow('deployments[0].retention.logDays');
  });

  it('refuses two deployments of one name: their tables would collide', () => {
    expect(() => readDeployments([minimal, minimal])).toThrow(
      'deployments[1].name: "acme" is there twice; received "acme"',
    );
  });

  it('refuses what is no list', () => {
    expect(() => readDeployments(minimal)).toThrow('deployments: ');
  });
});

describe('the app, as the CDK starts it', () => {
  it('ends with what is wrong, and nothing else', () => {
    const env = { ...process.env, CDK_DEFAULT_ACCOUNT: '12' };
    const { status, stdout, stderr } = spawnSync(process.execPath, ['cdk/app.ts'], { encoding: 'utf8', env });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'cdk/config.ts is not valid:\n' +
        '  deployments[0].account: expected the 12 digits of an AWS account, as a string; received "12"\n',
    });
  });
});
