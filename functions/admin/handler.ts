import { createAdministration } from './administration.ts';
import { createAdminHandler } from './create-handler.ts';
import { lambdaEnvironment } from './lambda-environment.ts';

/** The admin function of a deployment. Its route is authorised by IAM; what it lets through is signed. */
export const handler = createAdminHandler(createAdministration(lambdaEnvironment(process.env)));
