import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { Deployment, DeploymentRegion } from '../../deployment.ts';
import { hostNames } from './host-names.ts';
import { PrivateHosts } from './private-hosts.ts';
import { PublicHosts } from './public-hosts.ts';
import { RegionHealth } from './region-health.ts';

export interface HostsProps {
  readonly domain: NonNullable<Deployment['domain']>;
  readonly region: DeploymentRegion;
  readonly api: apigateway.RestApi;
  /** Of the alarm that says whether the gateway itself fails here. */
  readonly faultsAlarmName: string;
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
    const { check } = new RegionHealth(this, 'Health', { alarmName: props.faultsAlarmName });
    const { hostedZone, name } = domain;
    const known =
      hostedZone &&
      route53.HostedZone.fromHostedZoneAttributes(this, 'HostedZone', {
        hostedZoneId: hostedZone.id,
        zoneName: hostedZone.name,
      });
    if (closed !== undefined) {
      new PrivateHosts(this, 'Private', {
        ...closed,
        hosts,
        api,
        check,
        certificateArn: required(region.certificateArn, 'certificateArn'),
        hostedZone:
          known ?? new route53.PrivateHostedZone(this, 'PrivateZone', { zoneName: name, vpc: closed.vpc }),
      });
      return;
    }
    const made = new PublicHosts(this, 'Public', {
      hosts,
      api,
      check,
      certificateArn: region.certificateArn,
      hostedZone: required(known, 'hostedZone'),
    });
    this.certificate = made.certificate;
  }
}

/** What the configuration's own check has made sure of. */
function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new Error(`a domain of this kind needs ${field}`);
  return value;
}
