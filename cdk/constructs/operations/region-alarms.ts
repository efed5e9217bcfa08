import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { AlarmKind, Watched } from './alarms/alarm-kind.ts';
import { ofRegion, ofSettlements, ofTables } from './alarms/keeping.ts';
import { faults, ofFunctions, ofNewVersion, ofProviders } from './alarms/serving.ts';
import type { AlarmTopic } from './alarm-topic.ts';

/** Where an alarm's text sends whoever reads it. */
const runbook = 'cdk/runbook.md';

/** As it is called in its region. */
const alarmName = (deploymentName: string, { name, about }: Pick<AlarmKind, 'name' | 'about'>): string =>
  [deploymentName, name, ...(about === undefined ? [] : [about])].join('-');

/**
 * The alarms of one region: only what a person can do something about, each with its heading in the runbook.
 */
export class RegionAlarms extends Construct {
  /** Those that take the region out of DNS. */
  readonly faults: readonly cloudwatch.Alarm[];
  /** Those that take a new version back: the same, and what the version says of itself. */
  readonly rollback: readonly cloudwatch.Alarm[];
  readonly all: readonly cloudwatch.Alarm[];

  constructor(
    scope: Construct,
    id: string,
    { watched, topic }: { readonly watched: Watched; readonly topic: AlarmTopic },
  ) {
    super(scope, id);
    const make = (kind: AlarmKind): cloudwatch.Alarm => {
      const { name, about, means, metric, threshold, periods, above = true } = kind;
      const alarm = new cloudwatch.Alarm(this, idOf(name, about), {
        alarmName: alarmName(watched.deploymentName, kind),
        alarmDescription: `${means}. What to do: ${runbook}#${name}`,
        metric,
        threshold,
        datapointsToAlarm: periods[0],
        evaluationPeriods: periods[1],
        comparisonOperator: above
          ? cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
          : cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        treatMissingData: kind.missing ?? cloudwatch.TreatMissingData.NOT_BREACHING,
      });
      topic.tell(alarm);
      return alarm;
    };
    this.faults = faults(watched).map(make);
    this.rollback = [...this.faults, ...ofNewVersion(watched).map(make)];
    this.all = [
      ...this.rollback,
      ...[ofFunctions, ofProviders, ofSettlements, ofTables, ofRegion].flatMap((kinds) =>
        kinds(watched).map(make),
      ),
    ];
  }
}

const idOf = (...words: readonly (string | undefined)[]): string =>
  words
    .flatMap((word) => word?.split('-') ?? [])
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
