/** What each command is for, with an example that works. */
export const commandHelp: Readonly<Record<string, readonly string[]>> = {
  apply: [
    'fairlead apply FILE [--dry-run] [--keep-keys] [--yes]',
    'Makes a gateway document (JSON or YAML) the one in force, after showing what changes. Virtual keys in clear are',
    'hashed here and never sent. --keep-keys leaves the stored virtual keys as they are; a file without any that would',
    'delete stored ones is refused.',
    'example: fairlead apply gateway.yaml --yes',
  ],
  diff: [
    'fairlead diff FILE [--keep-keys]',
    'Shows how a document differs from the one in force. Exits with 0 where it does not, with 1 where it does.',
    'example: fairlead diff gateway.yaml',
  ],
  document: [
    'fairlead document [--omit-keys]',
    'Prints the document in force as JSON.',
    'example: fairlead document > gateway.json',
  ],
  keys: [
    'fairlead keys list [--team ID] [--customer ID]',
    'fairlead keys create FILE | --id ID [--team ID] [--provider ID]... [--models GLOB] [--budget USD/WINDOW]...',
    '                     [--hard] [--requests N/WINDOW] [--tokens N/WINDOW]',
    'fairlead keys rotate ID [--grace SECONDS]',
    'fairlead keys disable|enable|delete ID',
    'The new key goes to standard output alone, once; everything else to standard error.',
    'example: fairlead keys create --id app --team research --budget 100/1d --hard --requests 60/1m',
  ],
  usage: [
    'fairlead usage OWNER [--from DAY] [--to DAY]',
    'What an owner has consumed by model, and how far its limits are used. OWNER is virtual_key/ID, team/ID or',
    'customer/ID; provider/ID, provider_key/PROVIDER/KEY and document/ have limits only.',
    'example: fairlead usage team/research --from 2026-11-01',
  ],
  quotas: [
    'fairlead quotas reset OWNER QUOTA UNIT',
    'fairlead quotas top-up OWNER QUOTA UNIT AMOUNT',
    'Gives a limit back, or adds to it, in the window that is running. UNIT is usd, tokens or requests.',
    'example: fairlead quotas top-up team/research 1d usd 25',
  ],
  'provider-keys': [
    'fairlead provider-keys',
    'Secrets, rests and limits of the provider keys in this region.',
  ],
  settlements: [
    'fairlead settlements',
    'fairlead settlements replay',
    'Settlements this region could not write into the ledger when they were due: how many are tried again, how many were',
    'given up. replay has those tried again; carrying one out twice does no harm.',
  ],
  region: [
    'fairlead region leave SITE [--dry-run] [--yes]',
    'Before a region is taken out of the deployment, and when it gets no traffic any more: hands what its site still may',
    'spend of every hard limit over to the sites that stay. Asked of the gateway of that region; may be repeated.',
    'example: fairlead region leave ap-northeast-1 --dry-run',
  ],
  audit: ['fairlead audit [--month YYYY-MM]', 'Who changed what, newest first.'],
  explain: [
    'fairlead explain REQUEST_ID',
    'Why a request of the last week went where it went (x-fairlead-request-id of its response).',
  ],
};

export const helpText = (command: string | undefined): readonly string[] => {
  const known = command === undefined ? undefined : commandHelp[command];
  if (known !== undefined) return known;
  return [
    'fairlead administers a gateway from a terminal.',
    '',
    ...Object.values(commandHelp).flatMap((lines) =>
      lines.filter((line) => line.startsWith('fairlead ')).map((line) => `  ${line}`),
    ),
    '',
    '--endpoint URL  the gateway (or FAIRLEAD_ENDPOINT)    --region NAME  of the gateway, where its host does not tell',
    '--json          answers as JSON                       --help         of a command',
    '',
    'Requests are signed with your AWS credentials (environment, profile, SSO). Exit codes: 0 done, 1 refused or',
    'different, 2 wrong usage or wrong document, 3 the gateway cannot be reached or failed.',
  ];
};
