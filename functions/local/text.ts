import { adminBasePath, adminRoles } from '../../lib/admin/routes.ts';
import { demoModels } from './demo.ts';
import { flagsHelp } from './options.ts';

const widest = Math.max(...demoModels.map(({ model }) => model.length));

/** What `--help` prints. */
export const helpText = `Usage: npm start -- [flags]

Runs the gateway on this machine, in one region or several: for each the deployed handler, an embedded database, and
a REST API on 127.0.0.1.

${flagsHelp}

Without --config the gateway serves a demo with two scripted providers, "openai" and "anthropic". What they do
depends on the model:

${demoModels.map(({ model, does }) => `  ${model.padEnd(widest)}  ${does}`).join('\n')}`;

/** A streaming request, ready to paste into a shell. */
export function exampleCurl(gateway: {
  readonly baseUrl: string;
  readonly key?: string;
  readonly model: string;
}): string {
  const body = JSON.stringify({
    model: gateway.model,
    stream: true,
    messages: [{ role: 'user', content: 'Hello!' }],
  });
  return [
    `curl -N ${gateway.baseUrl}/v1/chat/completions`,
    `-H 'authorization: Bearer ${gateway.key ?? 'YOUR_VIRTUAL_KEY'}'`,
    `-H 'content-type: application/json'`,
    `-d '${body.replaceAll("'", `'\\''`)}'`,
  ].join(' \\\n  ');
}

/** How the gateway is administered, as comments of the shell the example above is pasted into. */
export const adminHint = (
  gateway: { readonly region: string; readonly baseUrl: string },
  secret: string,
): string =>
  [
    `# To administer it (${adminBasePath}, signed) as ${adminRoles.map((role) => `local-${role}`).join(', ')}:`,
    `#   export FAIRLEAD_ENDPOINT=${gateway.baseUrl} AWS_REGION=${gateway.region}`,
    `#   export AWS_ACCESS_KEY_ID=local-owner AWS_SECRET_ACCESS_KEY=${secret}`,
    '#   npm run fairlead -- keys',
  ].join('\n');

/** Variables that usually hold provider keys, each with the provider type it belongs to. */
const knownVariables = [
  ['OPENAI_API_KEY', 'openai'],
  ['ANTHROPIC_API_KEY', 'anthropic'],
  ['GEMINI_API_KEY', 'gemini'],
] as const;

/** For a demo beside real keys: the document that would use them. */
export function hintForKeys(readEnv: (name: string) => string | undefined): string | undefined {
  const found = knownVariables.filter(([variable]) => (readEnv(variable) ?? '') !== '');
  if (found.length === 0) return undefined;
  return [
    `This is the demo: it calls no real provider, although ${found.map(([variable]) => variable).join(', ')} is set.`,
    'To use real providers, write gateway.yaml and run: npm start -- --config gateway.yaml',
    '',
    'providers:',
    ...found.map(([variable, type]) => `  ${type}: { type: ${type}, keys: [{ id: a, env: ${variable} }] }`),
  ].join('\n');
}
