import { Stack } from 'aws-cdk-lib';
import * as route53 from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { Host } from './host-names.ts';

/**
 * This region's answer to a host's name. A shared host has one of every region that serves it: the nearest healthy one
 * is given; when none is, all are, since an answer that may fail is better than none.
 */
export function addRecords(
  scope: Construct,
  host: Host,
  {
    hostedZone,
    target,
    check,
  }: {
    readonly hostedZone: route53.IHostedZone;
    readonly target: route53.RecordTarget;
    /** Absent where no host is shared. */
    readonly check: route53.IHealthCheck | undefined;
  },
): void {
  const { region } = Stack.of(scope);
  new route53.ARecord(scope, `${host.id}Record`, {
    zone: hostedZone,
    // The dot: a name as it stands, not one below the zone's.
    recordName: `${host.name}.`,
    target,
    ...(host.shared && { region, setIdentifier: region, ...(check !== undefined && { healthCheck: check }) }),
  });
}
