import { Annotations } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { Deployment, DeploymentRegion } from '../../deployment.ts';
import { hostNames, type Host } from './host-names.ts';
import { PrivateHosts } from './private-hosts.ts';
import { PublicHosts } from './public-hosts.ts';
import { RegionHealth } from './region-health.ts';

export interface HostsProps {
  readonly domain: NonNullable<Deployment['domain']>;
  readonly region: DeploymentRegion;
  readonly api: apigateway.RestApi;
  /** Of the alarms that say whether the gateway itself fails here. */
  readonly faultAlarmNames: readonly string[];
  /** Of a private API. */
  readonly closed?:
    | {
        readonly vpc: ec2.IVpc;
        readonly endpoints: readonly ec2.IVpcEndpoint[];
        readonly ownEndpoint?: ec2.InterfaceVpcEndpoint | undefined;
      }
    | undefined;
}

/** The names of one region's API, and who is told which. */
export class Hosts extends Construct {
  /** Of the region's own host, without a trailing slash. */
  readonly url: string;
  /** Where this deployment made it, or was given one. */
  readonly certificate?: acm.ICertificate;

  constructor(scope: Construct, id: string, props: HostsProps) {
    super(scope, id);
    const { domain, region, api, closed } = props;
    const hosts = hostNames(domain, region);
    this.url = `https://${hosts[0].name}`;
    const { hostedZone, name } = domain;
    const known =
      hostedZone &&
      route53.HostedZone.fromHostedZoneAttributes(this, 'HostedZone', {
        hostedZoneId: hostedZone.id,
        zoneName: hostedZone.name,
      });
    const health = (): route53.IHealthCheck | undefined =>
      hosts.some(({ shared }) => shared)
        ? new RegionHealth(this, 'Health', { alarmNames: props.faultAlarmNames }).check
        : undefined;
    if (closed !== undefined) {
      const { vpc, endpoints, ownEndpoint } = closed;
      if (ownEndpoint === undefined) this.warnOfMissingRecords(hosts);
      new PrivateHosts(this, 'Private', {
        hosts,
        api,
        endpoints,
        certificateArn: required(region.certificateArn, 'certificateArn'),
        // A zone without records would hide the names from its VPC, wherever else they are known.
        records: ownEndpoint && {
          endpoint: ownEndpoint,
          check: health(),
          hostedZone: known ?? new route53.PrivateHostedZone(this, 'PrivateZone', { zoneName: name, vpc }),
        },
      });
      return;
    }
    const made = new PublicHosts(this, 'Public', {
      hosts,
      api,
      check: health(),
      certificateArn: region.certificateArn,
      hostedZone: required(known, 'hostedZone'),
    });
    this.certificate = made.certificate;
  }

  private warnOfMissingRecords(hosts: readonly Host[]): void {
    const names = hosts.map((each) => each.name).join(', ');
    Annotations.of(this).addWarningV2(
      'fairlead:hosts-without-records',
      `the VPC brings its own endpoints, so that nothing is said here of where ${names} lead: give each a record to the ` +
        'endpoint of execute-api',
    );
  }
}

/** What the configuration's own check has made sure of. */
function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new Error(`a domain of this kind needs ${field}`);
  return value;
}
