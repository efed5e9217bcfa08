import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keyAlias } from '../../cdk/constructs/state/region-keys.ts';
import { commandHelp } from '../../functions/cli/help.ts';
import { GovernanceWriter } from '../../lib/stores/governance-writer.ts';
import { tables } from '../../lib/stores/schema.ts';
import packageSettings from '../../package.json' with { type: 'json' };
import { headingsOf } from './operations.ts';

const root = new URL('../../', import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const runbook = textOf('cdk/runbook.md');
const anchors = headingsOf(runbook).map(({ anchor }) => anchor);
/** All that stands in code, inline or not: what a reader types or looks for. */
const code = [...runbook.matchAll(/```sh\n([\s\S]*?)```|`([^`\n]+)`/g)].map(
  ([, block, inline]) => block ?? inline ?? '',
);
const found = (pattern: RegExp): readonly string[] => [
  ...new Set(code.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name))),
];

describe('the runbook', () => {
  it('tells of these operations', () => {
    const from = anchors.indexOf('operations');
    expect(anchors.slice(from + 1)).toEqual([
      'a-first-deployment-that-failed',
      'take-a-region-out-of-traffic',
      'lose-a-region',
      'add-a-region',
      'remove-a-region',
      'rotate-a-provider-key',
      'replay-dead-settlements',
      'restore-governance-to-a-point-in-time',
      'roll-back-a-version',
      'a-kms-key-disabled-by-mistake',
      'tear-down',
    ]);
  });

  it('says of every alarm what it means, how to see it, what to do and when it is over', () => {
    const alarms = runbook.slice(runbook.indexOf('\n## Alarms\n'), runbook.indexOf('### What has no alarm'));
    const sections = alarms.split('\n### ').slice(1);
    expect(sections.length).toBeGreaterThan(15);
    for (const section of sections) {
      const [title = ''] = section.split('\n');
      const said = [...section.matchAll(/^\*\*([A-Za-z, ]+)\*\*/gm)].map(([, word]) => word).join(', ');
      expect(said, title).toBe(
        'Means, See, Do, Clears'.replace('See, Do', /See, do/.test(said) ? 'See, do' : 'See, Do'),
      );
    }
  });

  it('links to nothing that is not there, and nothing links to what it has not', () => {
    const own = [...runbook.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor]) => anchor);
    expect(own.length).toBeGreaterThan(30);
    expect(own.filter((anchor) => anchor === undefined || !anchors.includes(anchor))).toEqual([]);
    expect(anchors.filter((anchor, index) => anchors.indexOf(anchor) !== index)).toEqual([]);
    const fromReadme = [...textOf('README.md').matchAll(/cdk\/runbook\.md#([\w-]+)/g)].map(
      ([, anchor]) => anchor,
    );
    expect(fromReadme.filter((anchor) => anchor === undefined || !anchors.includes(anchor))).toEqual([]);
  });

  it('names commands the command line has', () => {
    const help = Object.values(commandHelp).flat().join('\n');
    const commands = found(/(?:^|[\s(])fairlead ((?!--)[a-z-]+(?: [a-z-]+(?![\w.]))?)/gm);
    expect(commands).toEqual(expect.arrayContaining(['settlements replay', 'region leave', 'keys disable']));
    for (const command of commands) {
      const [first = '', second] = command.split(' ');
      expect(Object.keys(commandHelp), command).toContain(first);
      // A second word is an action, where the command has any.
      if (second !== undefined)
        expect(help, command).toMatch(new RegExp(`fairlead ${first} (?:\\S*\\|)?${second}\\b`));
    }
    const flags = found(/fairlead [^#\n]*?(--[a-z-]+)/g);
    expect(flags.filter((flag) => !help.includes(flag))).toEqual([]);
  });

  it('names scripts of the package', () => {
    const scripts = found(/npm run (?:--silent )?([\w:-]+)/g);
    expect(scripts.toSorted()).toEqual(['cdk', 'fairlead']);
    expect(Object.keys(packageSettings.scripts)).toEqual(expect.arrayContaining(scripts.slice()));
  });

  it('names events and fields of the log that are written', () => {
    const sources = globSync(['lib/**/*.ts', 'functions/**/*.ts'], { cwd: root }).map((path) => textOf(path));
    const written = new Set(
      sources.flatMap((text) => [...text.matchAll(/event: '(\w+)'/g)].map(([, event = '']) => event)),
    );
    const events = [...found(/\$\.event = "([\w*]+)"/g), ...found(/^(\w+_problem)$/g)];
    expect(events).toContain('*_problem');
    for (const event of events) {
      if (!event.startsWith('*')) expect([...written]).toContain(event);
      else expect([...written].filter((each) => each.endsWith(event.slice(1))).length).toBeGreaterThan(3);
    }
    const all = sources.join('\n') + textOf('cdk/constructs/gateway/access-log.ts');
    for (const field of found(/\$\.(\w+)/g)) expect(all, field).toMatch(new RegExp(`\\b${field}:`));
  });

  it('names tables and keys as they are called', () => {
    const named = [
      ...found(/(?<!alias\/)\$NAME-([a-z]+)(?=["`\s-])/g),
      ...found(/(?<!alias\/)<name>-([a-z]+)(?![a-z])/g),
    ];
    const known = [...Object.keys(tables), 'state', 'keys', 'settlements'];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    expect(named).toEqual(expect.arrayContaining(['governance', 'quotas', 'decisions', 'state', 'keys']));
    const [alias] = found(/(alias\/<name>-\w+)/g);
    expect(alias).toBe(keyAlias('<name>', 'data'));
  });

  it('reads a restored document by what can read one', () => {
    const block = code.find((text) => text.includes('GovernanceWriter')) ?? '';
    const [, path = ''] = /from "\.\/(lib\/stores\/[\w-]+\.ts)"/.exec(block) ?? [];
    expect(textOf(path)).toContain('export class GovernanceWriter');
    expect(typeof GovernanceWriter.prototype.read).toBe('function');
  });
});
