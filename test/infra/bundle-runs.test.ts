import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { afterAll, describe, expect, it } from 'vitest';
import {
  adminEntry,
  bundleFunction,
  entryFile,
  gatewayEntry,
  maintenanceEntry,
  seedEntry,
  settlementEntry,
} from '../../cdk/constructs/code/bundle.ts';
import { synthesize, templateOf, threeRegions } from './templates.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-bundle-runs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const templates = synthesize(threeRegions);
const template = templateOf(templates, 'fairlead-eu-central-1');

const functions = z.record(
  z.string(),
  z.object({
    Properties: z.object({
      Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).prefault({ Variables: {} }),
    }),
  }),
);

/** The variables of a deployed function; references of CloudFormation are no concern of its start. */
function deployedVariables(logicalId: string, stack = template): Record<string, string> {
  const found = Object.entries(functions.parse(stack.findResources('AWS::Lambda::Function')))
    .filter(([id]) => id.startsWith(logicalId))
    .map(([, { Properties }]) => Properties.Environment.Variables);
  expect(found).toHaveLength(1);
  return Object.fromEntries(
    Object.entries(found[0] ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : 'a-reference',
    ]),
  );
}

/** Runs a program against the bundle of a function, in the environment its template gives it, without a network. */
function run(logicalId: string, entry: string, program: string, stack = template): string {
  const output = join(folder, logicalId);
  mkdirSync(output, { recursive: true });
  bundleFunction(entry, output);
  return execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', program, pathToFileURL(join(output, entryFile)).href],
    {
      encoding: 'utf8',
      env: {
        ...deployedVariables(logicalId, stack),
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        // Nobody listens there: the network stays out of it.
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      },
    },
  );
}

/** Asks the deployed file for HEAD / as the runtime would, and prints the status. */
const streamed = `
  let answered;
  globalThis.awslambda = {
    streamifyResponse: (handler) => handler,
    HttpResponseStream: { from: (stream, { statusCode }) => { answered = statusCode; return stream; } },
  };
  const { Writable } = await import('node:stream');
  const { handler } = await import(process.argv[1]);
  const stream = new Writable({ write: (chunk, encoding, done) => done() });
  const event = { httpMethod: 'HEAD', path: '/', headers: {}, body: null, isBase64Encoded: false, requestContext: { requestId: 'r' } };
  await handler(event, stream, { getRemainingTimeInMillis: () => 900000 });
  process.stdout.write('status ' + answered + '\\n', () => process.exit());`;

/** Calls the deployed file with each event in turn, and prints the answers. */
const buffered = (...events: readonly object[]): string => `
  const { handler } = await import(process.argv[1]);
  console.log = () => {};
  const answers = [];
  for (const event of ${JSON.stringify(events)}) answers.push(await handler(event));
  process.stdout.write(JSON.stringify(answers) + '\\n', () => process.exit());`;

/** Calls the deployed file once, beside a DynamoDB that knows no table, and prints what that was asked and what came of it. */
const withoutTables = (event: object): string => `
  const { createServer } = await import('node:http');
  const asked = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.method === 'PUT') {
      asked.push(JSON.parse(body).Reason);
      return response.end();
    }
    const [, table] = /"TableName":"([^"]+)"/.exec(body) ?? [];
    asked.push(request.headers['x-amz-target'].split('.')[1] + ' ' + table);
    if (asked.at(-1).startsWith('Describe')) return response.end('{}');
    response.statusCode = 400;
    response.end('{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"none"}');
  }).listen(0, '127.0.0.1');
  await new Promise((ready) => server.once('listening', ready));
  const url = 'http://127.0.0.1:' + server.address().port;
  process.env.AWS_ENDPOINT_URL = url;
  console.log = () => {};
  const { handler } = await import(process.argv[1]);
  const ended = await handler({ ...${JSON.stringify(event)}, ResponseURL: url }).then(() => 'done', ({ name }) => name);
  process.stdout.write(JSON.stringify([...asked.sort(), ended]), () => process.exit());`;

const besideItsLog = (output: string): unknown =>
  JSON.parse(output.split('\n').find((line) => line.startsWith('[')) ?? '');

const adminCall = (path: string, userArn: string | null): object => ({
  httpMethod: 'GET',
  path,
  queryStringParameters: null,
  body: null,
  isBase64Encoded: false,
  requestContext: { requestId: 'r', identity: { userArn, sourceIp: '192.0.2.1' } },
});

describe('the deployed bundle', () => {
  it('of the gateway starts and answers in the environment its template gives it', () => {
    expect(run('GatewayFunction', gatewayEntry, streamed)).toContain('status 200');
  });

  it('of settlements starts, and has delivered again what it cannot carry out', () => {
    const settlement = {
      kind: 'settle',
      key: {
        owner: { kind: 'team', id: 'research' },
        quotaId: '1d',
        unit: 'microUsd',
        window: '20260101',
        place: { site: 'eu-central-1', lane: 0 },
      },
      ticket: '1',
      held: 10,
      actual: 5,
    };
    const record = (messageId: string, body: string) => ({
      messageId,
      body,
      attributes: { MessageGroupId: messageId },
    });
    const batch = { Records: [record('unreachable', JSON.stringify(settlement)), record('broken', '{}')] };
    const answers = run('SettlementsFunction', settlementEntry, buffered({ Records: [] }, batch));
    // Behind the lines of its log.
    expect(JSON.parse(answers.trimEnd().split('\n').at(-1) ?? '')).toEqual([
      { batchItemFailures: [] },
      { batchItemFailures: [{ itemIdentifier: 'unreachable' }, { itemIdentifier: 'broken' }] },
    ]);
  });

  it('of administration starts, knows its routes, who is named by IAM, and that a store is away', () => {
    const administrator = `arn:aws:iam::111111111111:user/ada`;
    const answers = run(
      'AdminFunction',
      adminEntry,
      buffered(
        adminCall('/admin/v1/document', null),
        adminCall('/admin', administrator),
        adminCall('/admin/v1/document', administrator),
      ),
    );
    const statuses = z
      .array(z.object({ statusCode: z.number(), body: z.string() }))
      .parse(JSON.parse(answers))
      .map(({ statusCode, body }) => [statusCode, JSON.parse(body).error.code]);
    expect(statuses).toEqual([
      [403, 'missing_authentication'],
      [404, 'not_found'],
      [503, 'unavailable'],
    ]);
  });

  it('of maintenance starts, and looks at both global tables', () => {
    const asked = run('MaintenanceFunction', maintenanceEntry, withoutTables({}));
    expect(besideItsLog(asked)).toEqual([
      'DescribeTable fairlead-governance',
      'DescribeTable fairlead-quotas',
      'done',
    ]);
  });

  it('of the first document stores it in governance, and tells CloudFormation where it cannot', () => {
    const created = { RequestType: 'Create', StackId: 's', RequestId: 'r', LogicalResourceId: 'l' };
    const home = templateOf(templates, 'fairlead-us-east-1');
    const asked = run('SeedFunction', seedEntry, withoutTables(created), home);
    expect(besideItsLog(asked)).toEqual([
      expect.stringMatching(/^\w+ fairlead-governance$/),
      'the first document could not be stored: ResourceNotFoundException',
      'done',
    ]);
  });
});
