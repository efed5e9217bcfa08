import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { textOf } from './templates.ts';

const ref = z.union([z.object({ Ref: z.string() }).transform(({ Ref }) => Ref), z.string()]);
/** A security group, by its logical id or, where it was brought along, its own. */
const group = z.union([
  z
    .object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('GroupId')]) })
    .transform((got) => got['Fn::GetAtt'][0]),
  z.string(),
]);
const rule = z.looseObject({
  IpProtocol: z.string(),
  FromPort: z.number().optional(),
  ToPort: z.number().optional(),
  CidrIp: z.unknown().optional(),
  CidrIpv6: z.unknown().optional(),
  SourceSecurityGroupId: group.optional(),
});

const shapes = {
  'AWS::EC2::SubnetRouteTableAssociation': z.object({ SubnetId: ref, RouteTableId: ref }),
  'AWS::EC2::Route': z.looseObject({ RouteTableId: ref }),
  'AWS::EC2::NatGateway': z.object({ SubnetId: ref }),
  'AWS::EC2::VPCEndpoint': z.object({
    ServiceName: z.unknown().transform(textOf),
    VpcEndpointType: z.string(),
    PrivateDnsEnabled: z.boolean().optional(),
    SubnetIds: z.array(ref).default([]),
    RouteTableIds: z.array(ref).default([]),
    SecurityGroupIds: z.array(group).default([]),
    PolicyDocument: z.object({ Statement: z.array(z.looseObject({ Condition: z.unknown().optional() })) }),
  }),
  'AWS::EC2::SecurityGroup': z.object({
    SecurityGroupIngress: z.array(rule).default([]),
    SecurityGroupEgress: z.array(rule).default([]),
  }),
  'AWS::EC2::SecurityGroupIngress': rule.extend({ GroupId: group }),
  'AWS::Lambda::Function': z.object({
    VpcConfig: z.object({ SubnetIds: z.array(ref), SecurityGroupIds: z.array(group) }).optional(),
  }),
};

type Shapes = typeof shapes;

/** Where a route leads: the property that names its target, and the target. */
export interface Way {
  readonly to: string;
  readonly by: string;
  readonly target: string;
}

/** The network of one template, as a packet meets it. */
export class NetworkMap {
  private readonly template: Template;

  constructor(template: Template) {
    this.template = template;
  }

  /** Resources of a type by logical id, each as far as it matters here. */
  all<T extends keyof Shapes>(type: T): ReadonlyMap<string, z.output<Shapes[T]>>;
  all(type: keyof Shapes): ReadonlyMap<string, unknown> {
    const found = Object.entries(this.template.findResources(type));
    return new Map(found.map(([id, { Properties }]) => [id, shapes[type].parse(Properties ?? {})]));
  }

  idsOf(type: string): readonly string[] {
    return Object.keys(this.template.findResources(type));
  }

  /** Routes beside the VPC's own. @throws Error for a subnet of no route table, which would have the VPC's main one. */
  waysOf(subnet: string): readonly Way[] {
    const joined = [...this.all('AWS::EC2::SubnetRouteTableAssociation').values()];
    const tables = joined.filter(({ SubnetId }) => SubnetId === subnet).map((each) => each.RouteTableId);
    const [table] = tables;
    if (table === undefined || tables.length > 1)
      throw new Error(`${subnet} has ${tables.length} route tables`);
    return [...this.all('AWS::EC2::Route').values()]
      .filter(({ RouteTableId }) => RouteTableId === table)
      .map(({ RouteTableId: _, ...route }): Way => {
        const [destination, ...others] = Object.keys(route).filter((name) => name.startsWith('Destination'));
        const [by, ...more] = Object.keys(route).filter((name) => !name.startsWith('Destination'));
        if (destination === undefined || by === undefined || others.length + more.length > 0) {
          throw new Error(`${table} has a route that is none: ${JSON.stringify(route)}`);
        }
        return { to: textOf(route[destination]), by, target: ref.parse(route[by]) };
      });
  }

  /** What a packet from a subnet passes before it is on the internet, one list for each way there. */
  pathsOut(subnet: string): readonly (readonly string[])[] {
    return this.waysOf(subnet).flatMap(({ by, target }) => {
      const nat = by === 'NatGatewayId' ? this.all('AWS::EC2::NatGateway').get(target) : undefined;
      if (nat === undefined) return [[by]];
      return this.pathsOut(nat.SubnetId).map((path) => [by, ...path]);
    });
  }

  /** Every rule that lets traffic into a security group, those in it and those beside it. */
  ingressOf(securityGroup: string): readonly z.output<typeof rule>[] {
    const own = this.all('AWS::EC2::SecurityGroup').get(securityGroup)?.SecurityGroupIngress ?? [];
    const beside = [...this.all('AWS::EC2::SecurityGroupIngress').values()];
    return [...own, ...beside.filter(({ GroupId }) => GroupId === securityGroup)];
  }
}
