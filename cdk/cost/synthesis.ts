import * as cdk from 'aws-cdk-lib';
import cdkSettings from '../../cdk.json' with { type: 'json' };
import { deploy } from '../app.ts';
import type { Deployment } from '../deployment.ts';
import { templateSchema, type StackTemplate } from './template.ts';

/** The templates of a deployment, without the code of its functions, which costs nothing to store. */
export function templatesOf(deployment: Deployment): readonly StackTemplate[] {
  const app = new cdk.App({ context: { ...cdkSettings.context, 'aws:cdk:bundling-stacks': [] } });
  deploy(app, deployment);
  return app.synth().stacks.map(({ stackName, environment, template }) => ({
    stack: stackName,
    region: environment.region,
    resources: templateSchema.parse(template).Resources,
  }));
}
