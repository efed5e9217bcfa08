import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

/**
 * Whether this region is to be sent requests: alarms on the gateway's own faults say so, and nothing polls. A private
 * API has it as well as a public one, an idle region sees no traffic for it, and a provider's outage, which is no fault
 * of the gateway, takes no region out. Without data, which is without requests, a region is healthy.
 */
export class RegionHealth extends Construct {
  readonly check: route53.HealthCheck;

  constructor(scope: Construct, id: string, { alarms }: { readonly alarms: readonly cloudwatch.Alarm[] }) {
    super(scope, id);
    const { region } = Stack.of(this);
    const childHealthChecks = alarms.map(
      (alarm, index) =>
        new route53.HealthCheck(this, `Alarm${index}${watchedBy(alarm)}`, {
          type: route53.HealthCheckType.CLOUDWATCH_METRIC,
          alarmIdentifier: { region, name: alarm.alarmName },
          insufficientDataHealthStatus: route53.InsufficientDataHealthStatusEnum.HEALTHY,
        }),
    );
    this.check = new route53.HealthCheck(this, 'Check', {
      type: route53.HealthCheckType.CALCULATED,
      childHealthChecks,
      healthThreshold: childHealthChecks.length,
    });
  }
}

/**
 * What an alarm looks at, as part of an id. Route 53 reads that once, when a check is made
 * (docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-deleting.html): an alarm that changes needs
 * another check.
 */
function watchedBy(alarm: cloudwatch.Alarm): string {
  const made = alarm.node.defaultChild;
  if (!(made instanceof cloudwatch.CfnAlarm)) throw new Error('an alarm is no AWS::CloudWatch::Alarm');
  const { namespace, metricName, dimensions, statistic, period, threshold, comparisonOperator } = made;
  const { evaluationPeriods, datapointsToAlarm, treatMissingData } = made;
  const what = [namespace, metricName, dimensions, statistic, period, threshold, comparisonOperator];
  const how = [evaluationPeriods, datapointsToAlarm, treatMissingData];
  const told = JSON.stringify(Stack.of(alarm).resolve([what, how]));
  return createHash('sha256').update(told).digest('hex').slice(0, 8);
}
