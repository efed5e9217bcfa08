import { Stack } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { adminBasePath, adminRoles, routesOf, type AdminRole } from '../../../lib/admin/routes.ts';
import type { Deployment } from '../../deployment.ts';
import { allowWildcard } from '../code/answers.ts';
import { stageName } from '../gateway/gateway-api.ts';

export interface AdminAccessProps {
  readonly deployment: Pick<Deployment, 'name' | 'administrators'>;
  readonly api: apigateway.RestApi;
}

/**
 * What each role of administration may call, as managed policies to attach to users and roles. Their names are fixed:
 * permission sets of IAM Identity Center refer to policies of an account by name.
 */
export class AdminAccess extends Construct {
  readonly policies: ReadonlyMap<AdminRole, iam.ManagedPolicy>;

  constructor(scope: Construct, id: string, { deployment, api }: AdminAccessProps) {
    super(scope, id);
    const { region } = Stack.of(this);
    const resourcesOf = (role: AdminRole): string[] =>
      routesOf(role).map(({ method, path }) =>
        api.arnForExecuteApi(method, adminBasePath + path.replaceAll(/\{\w+\}/g, '*'), stageName),
      );
    const policyOf = (role: AdminRole): iam.ManagedPolicy =>
      new iam.ManagedPolicy(this, title(role), {
        managedPolicyName: `${deployment.name}-${region}-${role}`,
        description: `Administration of the gateway in ${region}: ${role}`,
        statements: [
          new iam.PolicyStatement({
            actions: ['execute-api:Invoke'],
            resources: resourcesOf(role),
          }),
        ],
      });
    this.policies = new Map(adminRoles.map((role) => [role, policyOf(role)]));
    for (const [role, managedPolicy] of this.policies) {
      for (const arn of resourcesOf(role).filter((each) => each.includes('*'))) {
        allowWildcard(
          managedPolicy,
          arn,
          'it stands for the id of a virtual key or a request, known at run time only',
        );
      }
      const principals = deployment.administrators[role];
      if (principals.length === 0) continue;
      new iam.Role(this, `${title(role)}Role`, {
        roleName: `${deployment.name}-${region}-${role}`,
        description: `Administers the gateway in ${region} as ${role}`,
        assumedBy: new iam.CompositePrincipal(...principals.map((arn) => new iam.ArnPrincipal(arn))),
        managedPolicies: [managedPolicy],
      });
    }
  }
}

/** As it stands in names of resources. */
export const title = (role: AdminRole): string => role.charAt(0).toUpperCase() + role.slice(1);
