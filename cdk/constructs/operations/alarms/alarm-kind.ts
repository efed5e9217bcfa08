import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/** What an alarm watches. Its name is a heading of `cdk/runbook.md`. */
export interface AlarmKind {
  readonly name: string;
  /** Which one of several of the name: a table, a region. */
  readonly about?: string;
  /** In one sentence, for whoever is woken. */
  readonly means: string;
  readonly metric: cloudwatch.IMetric;
  readonly threshold: number;
  /** Of the metric's periods, and how many of them have to be over. */
  readonly periods: readonly [over: number, of: number];
  readonly above?: boolean;
  /** What silence means: nothing happened (the default), or something did. */
  readonly missing?: cloudwatch.TreatMissingData;
}

/** The names of what is watched in one region. */
export interface Watched {
  readonly deploymentName: string;
  readonly region: string;
  /** Governance is written there, and spreads from there. */
  readonly homeRegion: string;
  /** Regions that hold a replica beside this one. */
  readonly otherRegions: readonly string[];
  readonly functions: {
    readonly gateway: string;
    readonly admin: string;
    readonly settlement: string;
  };
  readonly apiName: string;
  readonly stageName: string;
  readonly queueName: string;
  readonly deadQueueName: string;
  /** Whose share of the requests grows while a canary lasts; absent: versions take over at once. */
  readonly canary?: { readonly alias: string; readonly version: string } | undefined;
  /** The most requests at a time: of environments reserved, of the account's usual limit, or of managed instances. */
  readonly concurrency: number;
  readonly certificateArn?: string | undefined;
}
