import { CfnOutput, Stack } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { adminBasePath, adminRoles, routesOf, type AdminRole } from '../../lib/admin/routes.ts';

export interface AdminAccessProps {
  readonly deploymentName: string;
  readonly api: apigateway.RestApi;
}

/** What each role of administration may call, as managed policies to attach to users and roles. */
export class AdminAccess extends Construct {
  constructor(scope: Construct, id: string, { deploymentName, api }: AdminAccessProps) {
    super(scope, id);
    const { region } = Stack.of(this);
    for (const role of adminRoles) {
      const policy = new iam.ManagedPolicy(this, title(role), {
        managedPolicyName: `${deploymentName}-${region}-${role}`,
        description: `Administration of the gateway in ${region}: ${role}`,
        statements: [
          new iam.PolicyStatement({
            actions: ['execute-api:Invoke'],
            // Wildcard: a "*" stands for the id of a virtual key or a request, known at run time only.
            resources: routesOf(role).map(({ method, path }) =>
              api.arnForExecuteApi(method, adminBasePath + path.replaceAll(/\{\w+\}/g, '*'), 'live'),
            ),
          }),
        ],
      });
      new CfnOutput(this, `${title(role)}Policy`, {
        value: policy.managedPolicyArn,
        description: `Attach it to whoever is ${role} here`,
      });
    }
  }
}

const title = (role: AdminRole): string => role.charAt(0).toUpperCase() + role.slice(1);
