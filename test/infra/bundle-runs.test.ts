import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleFunction, entryFile, gatewayEntry } from '../../cdk/constructs/bundle.ts';
import { synthesize, templateOf, threeRegions } from './templates.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-bundle-runs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const functions = z.record(
  z.string(),
  z.object({
    Properties: z.object({
      Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
    }),
  }),
);

/** The variables of the deployed gateway; references of CloudFormation are no concern of the function's start. */
function deployedVariables(): Record<string, string> {
  const template = templateOf(synthesize(threeRegions), 'fairlead-eu-central-1');
  const resources = functions.parse(template.findResources('AWS::Lambda::Function'));
  return Object.values(resources)
    .map(({ Properties }) => Properties.Environment?.Variables ?? {})
    .filter((variables) => 'FAIRLEAD_GOVERNANCE_TABLE' in variables)
    .reduce<Record<string, string>>((all, variables) => {
      for (const [name, value] of Object.entries(variables)) {
        all[name] = typeof value === 'string' ? value : 'a-reference';
      }
      return all;
    }, {});
}

/** Asks the deployed file for HEAD / as the runtime would, and prints the status. */
const invocation = `
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

describe('the deployed bundle', () => {
  it('starts and answers in the environment its template gives it', () => {
    const variables = deployedVariables();
    expect(Object.keys(variables).length).toBeGreaterThan(0);
    bundleFunction(gatewayEntry, folder);
    const output = execFileSync(
      process.execPath,
      ['--input-type=module', '--eval', invocation, pathToFileURL(join(folder, entryFile)).href],
      {
        encoding: 'utf8',
        env: {
          ...variables,
          AWS_REGION: 'eu-central-1',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          // Nobody listens there: the network stays out of it.
          AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
        },
      },
    );
    expect(output).toContain('status 200');
  });
});
