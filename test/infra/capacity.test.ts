import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { demandSchema, type Demand } from '../../cdk/capacity/demand.ts';
import { inFlight, inFlightAtMost, secondsToScale } from '../../cdk/capacity/environments.ts';
import { compare } from '../../cdk/capacity/managed-instances.ts';
import { quotasOf, suffices } from '../../cdk/capacity/quotas.ts';
import { reportOf, textOf } from '../../cdk/capacity/report.ts';
import { busiestQuota, tableUnits } from '../../cdk/capacity/table-units.ts';
import { checked } from '../../cdk/cost/flags.ts';

const demand = (change: object = {}): Demand =>
  demandSchema.parse({ requestsPerSecond: 100, seconds: 5, ...change });

const short = (change: object): readonly string[] =>
  quotasOf(demand(change))
    .filter((quota) => !suffices(quota))
    .map(({ what }) => what);

describe('environments', () => {
  it('are arrivals times duration', () => {
    expect(inFlight(5_000, 10)).toBe(50_000);
    expect(inFlight(0.5, 4)).toBe(2);
  });

  it('are more at times, the less so the more there are', () => {
    expect(inFlightAtMost(100)).toBe(131);
    expect(inFlightAtMost(10_000)).toBe(10_309);
    expect(inFlightAtMost(0)).toBe(0);
  });

  it('come a thousand in ten seconds', () => {
    expect(secondsToScale(1_000)).toBe(10);
    expect(secondsToScale(17_000)).toBe(170);
  });

  it('are shared by regions', () => {
    expect(reportOf(demand({ regions: 4 })).environments.mean).toBe(125);
    expect(reportOf(demand({ p99Seconds: 30 })).environments.atP99).toBe(3_000);
    expect(reportOf(demand()).environments.atP99).toBeUndefined();
  });
});

describe('limits', () => {
  it('suffice for little', () => {
    expect(short({ requestsPerSecond: 10 })).toEqual([]);
  });

  it('of Lambda are counted with the environments there are at times', () => {
    // 199 requests a second of 5 s are 995 in flight on average, and more than 1,000 at times.
    expect(short({ requestsPerSecond: 199 })).toEqual([
      'Lambda concurrent executions',
      'environments of one function more in 10 s',
    ]);
    expect(short({ requestsPerSecond: 180 })).toEqual([]);
  });

  it('name API Gateway beyond 10,000 requests a second of a region', () => {
    expect(short({ requestsPerSecond: 10_001, seconds: 0.05, lanes: 16 })).toContain(
      'API Gateway requests a second, of the account',
    );
    expect(short({ requestsPerSecond: 20_000, regions: 2, seconds: 0.05, lanes: 16 })).not.toContain(
      'API Gateway requests a second, of the account',
    );
  });

  it('name what is too slow for a stream, or for a whole answer', () => {
    expect(short({ requestsPerSecond: 0.1, p99Seconds: 901 })).toEqual(['seconds of a streamed answer']);
    expect(short({ requestsPerSecond: 0.1, p99Seconds: 300, streamShare: 0 })).toEqual([
      'seconds of a whole answer',
    ]);
    expect(short({ requestsPerSecond: 0.1, p99Seconds: 300 })).toEqual([]);
  });

  it('are the smaller of AWS’s and the deployment’s own for a table', () => {
    const table = 'quotas: write units a second';
    expect(
      short({ requestsPerSecond: 1_001, seconds: 0.1, lanes: 16, tableUnitsPerSecond: 2_000 }),
    ).toContain(table);
    expect(
      short({ requestsPerSecond: 999, seconds: 0.1, lanes: 16, tableUnitsPerSecond: 2_000 }),
    ).not.toContain(table);
    const enough = quotasOf(demand({ tableUnitsPerSecond: 90_000 })).find(({ what }) => what === table);
    expect(enough?.limit).toBe(40_000);
  });

  it('of KMS are the region’s', () => {
    const limit = (region: string) =>
      quotasOf(demand({ region })).find(({ what }) => what === 'KMS requests a second')?.limit;
    expect([limit('us-east-1'), limit('eu-central-1'), limit('sa-east-1')]).toEqual([
      100_000, 20_000, 10_000,
    ]);
  });
});

describe('DynamoDB', () => {
  it('is written as often as the bench of quotas counted, at each replica by all regions', () => {
    const writes = (change: object) =>
      tableUnits(demand(change)).find(({ table }) => table === 'quotas')?.writes;
    expect(writes({ softQuotas: 3, owners: 0 })).toBe(300);
    expect(writes({ softQuotas: 0, hardQuotas: 3, owners: 0 })).toBe(600);
    expect(writes({ softQuotas: 3, owners: 0, regions: 3 })).toBe(300);
    expect(writes({ owners: 2 })).toBe(300);
  });

  it('is written for health by attempts, up to a sample of each route, and for a snapshot in five seconds', () => {
    const writes = (change: object) =>
      tableUnits(demand(change)).find(({ table }) => table === 'health')?.writes;
    expect(writes({ requestsPerSecond: 10 })).toBeCloseTo(20 + 17 / 5, 9);
    expect(writes({ requestsPerSecond: 10, attempts: 2 })).toBeCloseTo(40 + 17 / 5, 9);
    expect(writes({ requestsPerSecond: 10_000 })).toBeCloseTo(120 + 17 / 5, 9);
  });

  it('keeps decisions by the KB', () => {
    const decisions = tableUnits(demand({ decisionKb: 2.1, regions: 2 })).find(
      ({ table }) => table === 'decisions',
    );
    expect(decisions?.writes).toBe(150);
  });

  it('takes 1,000 writes a second of one owner: lanes spread them', () => {
    expect(busiestQuota(demand({ requestsPerSecond: 3_000 }))).toEqual({
      writesPerItem: 3_000,
      unsettledPerLane: 0,
      lanes: 3,
    });
    expect(busiestQuota(demand({ requestsPerSecond: 3_000, lanes: 4, regions: 3 })).writesPerItem).toBe(250);
    expect(busiestQuota(demand({ softQuotas: 0 }))).toEqual({
      writesPerItem: 0,
      unsettledPerLane: 0,
      lanes: 1,
    });
  });

  it('takes 60 unsettled attempts of a hard limit in each lane', () => {
    const hard = { softQuotas: 0, hardQuotas: 1 };
    expect(busiestQuota(demand({ ...hard, requestsPerSecond: 12 })).lanes).toBe(1);
    expect(busiestQuota(demand({ ...hard, requestsPerSecond: 13 })).lanes).toBe(2);
    expect(busiestQuota(demand({ ...hard, requestsPerSecond: 600, seconds: 0.1 }))).toEqual({
      writesPerItem: 1_200,
      unsettledPerLane: 60,
      lanes: 2,
    });
    expect(busiestQuota(demand({ ...hard, requestsPerSecond: 12, attempts: 1.5 }))).toEqual({
      writesPerItem: 36,
      unsettledPerLane: 90,
      lanes: 2,
    });
    expect(short({ ...hard, requestsPerSecond: 13 })).toEqual([
      'unsettled attempts under its hard quota, each lane',
    ]);
    const remedy = (rate: number) =>
      quotasOf(demand({ ...hard, requestsPerSecond: rate })).find(({ what }) => what.startsWith('unsettled'))
        ?.remedy;
    expect(remedy(13)).toBe('lanes: 2');
    expect(remedy(200)).toContain('split the owner');
  });
});

describe('managed instances', () => {
  it('pay from the rate at which Lambda’s duration costs what the fewest of them do', () => {
    const at = compare(demand({ requestsPerSecond: 1, meanShare: 1 }));
    const even = compare(demand({ requestsPerSecond: at.breakEvenRequestsPerSecond, meanShare: 1 }));
    expect(even.onDemandUsd).toBeCloseTo(even.managedUsd, 6);
    // Three environments of two vCPUs at 0.045862 $ an hour; a request of 5 s at 1,769 MB costs 0.00011517 $.
    expect(at.managedUsd).toBeCloseTo(200.88, 1);
    expect(at.breakEvenRequestsPerSecond).toBeCloseTo(0.6637, 3);
    expect(at.confirmed).toBe(false);
    const general = compare(demand({ requestsPerSecond: 1, memoryGibPerVcpu: 4 }));
    expect(general.managedUsd).toBeCloseTo(3 * 730 * 0.04488 * 1.15, 6);
  });

  it('are as many as the floor, requests at a time, or CPU ask for', () => {
    expect(compare(demand({ requestsPerSecond: 1 }))).toMatchObject({ environments: 3, boundBy: 'floor' });
    // 500 in flight, 570 at times.
    expect(compare(demand())).toMatchObject({ environments: 9, vcpus: 18, boundBy: 'requests at a time' });
    const long = { seconds: 1, outputTokens: 5_000, memoryGibPerVcpu: 4 };
    expect(compare(demand(long))).toMatchObject({ environments: 31, boundBy: 'CPU' });
  });

  it('are paid for the peak, while Lambda is paid for the mean', () => {
    const half = compare(demand({ meanShare: 0.5 }));
    const whole = compare(demand({ meanShare: 1 }));
    expect(whole.onDemandUsd).toBeCloseTo(2 * half.onDemandUsd, 6);
    expect(whole.managedUsd).toBe(half.managedUsd);
  });
});

describe('the report', () => {
  it('says what to do, and nothing where nothing is to be done', () => {
    expect(textOf(reportOf(demand({ requestsPerSecond: 1 })))).toContain('Nothing has to be raised.');
    const text = textOf(reportOf(demand({ requestsPerSecond: 1_000 })));
    expect(text).toMatch(/^Lambda concurrent executions +1,000 +5,219 +TOO LITTLE$/m);
    expect(text).toContain('  Lambda concurrent executions: raise it in Service Quotas');
  });

  it('refuses flags by their names', () => {
    expect(() => checked(demandSchema, { seconds: 5 })).toThrow('--requests-per-second: is missing');
    expect(() => checked(demandSchema, { requestsPerSecond: 1, seconds: 5, lanes: 17 })).toThrow('--lanes');
  });

  it('is printed for machines too', () => {
    const flags = ['cdk/capacity.ts', '--requests-per-second', '2', '--seconds', '3', '--json'];
    const { status, stdout } = spawnSync(process.execPath, flags, { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      environments: { mean: 6, atMost: 14 },
      busiestQuota: { lanes: 1 },
    });
  });
});
