import { Stack } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { adminBasePath, adminRoles, routesOf, type AdminRole } from '../../../lib/admin/routes.ts';
import { stageName } from '../gateway/gateway-api.ts';

export interface AdminAccessProps {
  readonly deploymentName: string;
  readonly api: apigateway.RestApi;
}

/**
 * What each role of administration may call, as managed policies to attach to users and roles. Their names are fixed:
 * permission sets of IAM Identity Center refer to policies of an account by name.
 */
export class AdminAccess extends Construct {
  readonly policies: ReadonlyMap<AdminRole, iam.ManagedPolicy>;

  constructor(scope: Construct, id: string, { deploymentName, api }: AdminAccessProps) {
    super(scope, id);
    const { region } = Stack.of(this);
    const policyOf = (role: AdminRole): iam.ManagedPolicy =>
      new iam.ManagedPolicy(this, title(role), {
        managedPolicyName: `${deploymentName}-${region}-${role}`,
        description: `Administration of the gateway in ${region}: ${role}`,
        statements: [
          new iam.PolicyStatement({
            actions: ['execute-api:Invoke'],
            // Wildcard: a "*" stands for the id of a virtual key or a request, known at run time only.
            resources: routesOf(role).map(({ method, path }) =>
              api.arnForExecuteApi(method, adminBasePath + path.replaceAll(/\{\w+\}/g, '*'), stageName),
            ),
          }),
        ],
      });
    this.policies = new Map(adminRoles.map((role) => [role, policyOf(role)]));
  }
}

/** As it stands in names of resources. */
export const title = (role: AdminRole): string => role.charAt(0).toUpperCase() + role.slice(1);
