import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyDocument } from '../../../../functions/admin/apply-document.ts';
import { hashVirtualKey } from '../../../../lib/identity/virtual-key.ts';
import { GovernanceWriter } from '../../../../lib/stores/governance-writer.ts';
import { startTestDatabase, testTableNames, type TestDatabase } from '../../../support/dynalite.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

const folder = mkdtempSync(join(tmpdir(), 'fairlead-apply-'));
const clock = new ManualClock();
let files = 0;

function apply(text: string, dryRun = false) {
  const file = join(folder, `document-${files++}.yaml`);
  writeFileSync(file, text);
  return applyDocument({ file, table: testTableNames.governance, client: database.client, clock, dryRun });
}

const stored = () =>
  new GovernanceWriter({ client: database.client, table: testTableNames.governance, clock }).read();

const document = (key: string) => `
providers:
  openai: { type: openai, keys: [{ id: a, secret: fairlead/openai }] }
virtualKeys:
  - { id: app, key: ${key}, providers: [{ provider: openai, models: ["*"], keys: ["*"] }] }
`;

describe('applyDocument', () => {
  it('stores a checked document, a key in clear only as its hash, and counts versions', async () => {
    expect(await apply(document('fl-clear-key-1'), true)).toMatchObject({ exitCode: 0 });
    expect(await stored()).toBeUndefined();

    expect(await apply(document('fl-clear-key-1'))).toEqual({ exitCode: 0, lines: ['stored as version 1'] });
    expect(await apply(document('fl-clear-key-2'))).toEqual({ exitCode: 0, lines: ['stored as version 2'] });
    const text = JSON.stringify(await stored());
    expect(text).toContain(hashVirtualKey('fl-clear-key-2'));
    expect(text).not.toContain('fl-clear-key');
  });

  it.each([
    ['a misspelt field', 'provders: {}', 'providers'],
    [
      'a key from the environment',
      document('fl-clear-key').replace('secret: fairlead/openai', 'env: OPENAI'),
      'env',
    ],
    [
      'a secret no role may read',
      document('fl-clear-key').replace('fairlead/openai', 'other/openai'),
      'fairlead/',
    ],
    ['a limit of nothing', `${document('fl-clear-key')}budgets: [{ limitUsd: 0, every: 1d }]`, 'budgets'],
  ])('refuses %s and stores nothing', async (_name, text, named) => {
    const before = await stored();
    const { exitCode, lines } = await apply(text);
    expect(exitCode).toBe(2);
    expect(lines.join('\n')).toContain(named);
    expect(lines.join('\n')).not.toContain('fl-clear-key');
    expect(await stored()).toEqual(before);
  });

  it('says what is wrong with a file that is not there', async () => {
    const gone = {
      file: join(folder, 'gone.yaml'),
      table: 't',
      client: database.client,
      clock,
      dryRun: false,
    };
    expect(await applyDocument(gone)).toEqual({
      exitCode: 2,
      lines: [`config file ${gone.file} does not exist`],
    });
  });

  it('says that the store refused', async () => {
    const file = join(folder, 'good.yaml');
    writeFileSync(file, document('fl-clear-key'));
    const { exitCode, lines } = await applyDocument({
      file,
      table: 'missing',
      client: database.client,
      clock,
      dryRun: false,
    });
    expect(exitCode).toBe(1);
    expect(lines[0]).toContain('not stored');
  });
});
