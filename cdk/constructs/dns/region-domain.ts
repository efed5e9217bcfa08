import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { Deployment, DeploymentRegion } from '../../deployment.ts';
import { hostNames, type Host } from './host-names.ts';

export interface RegionDomainProps {
  readonly domain: NonNullable<Deployment['domain']>;
  readonly region: DeploymentRegion;
}

/** A region's names, the zone they stand in and the certificate they are served under. */
export class RegionDomain extends Construct {
  readonly name: string;
  readonly hosts: readonly [own: Host, ...others: Host[]];
  /** Absent: a private API whose VPC gets a zone of its own. */
  readonly hostedZone?: route53.IHostedZone;
  readonly certificate: acm.ICertificate;

  constructor(scope: Construct, id: string, { domain, region }: RegionDomainProps) {
    super(scope, id);
    const { hostedZone: zone } = domain;
    this.name = domain.name;
    this.hosts = hostNames(domain, region);
    if (zone !== undefined) {
      this.hostedZone = route53.HostedZone.fromHostedZoneAttributes(this, 'HostedZone', {
        hostedZoneId: zone.id,
        zoneName: zone.name,
      });
    }
    const [own, ...others] = this.hosts;
    this.certificate =
      region.certificateArn === undefined
        ? new acm.Certificate(this, 'Certificate', {
            domainName: own.name,
            subjectAlternativeNames: others.map(({ name }) => name),
            validation: acm.CertificateValidation.fromDns(this.hostedZone),
          })
        : acm.Certificate.fromCertificateArn(this, 'Certificate', region.certificateArn);
  }

  /** Of the region's own host, without a trailing slash. */
  get url(): string {
    return `https://${this.hosts[0].name}`;
  }
}
