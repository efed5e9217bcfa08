import { CfnOutput, type Stack } from 'aws-cdk-lib';
import { adminBasePath } from '../../lib/admin/routes.ts';
import { title, type AdminAccess } from '../constructs/admin/admin-access.ts';

/** What whoever has deployed a region needs to know of it. */
export function addOutputs(stack: Stack, endpoint: string, access: AdminAccess): void {
  const output = (id: string, value: string, description: string): void => {
    new CfnOutput(stack, id, { value, description });
  };
  output('Endpoint', endpoint, 'Base URL; OpenAI clients append /v1');
  output(
    'AdminEndpoint',
    endpoint + adminBasePath,
    'Administration, signed with AWS credentials for execute-api; the command line takes Endpoint',
  );
  for (const [role, policy] of access.policies) {
    const description = `Attach it to who may administer this gateway as ${role}`;
    output(`${title(role)}Policy`, policy.managedPolicyArn, description);
  }
}
