import { type HostBuiltins, onTerms } from '../host-builtin.ts';
import { signRequest } from './sign-request.ts';

/** `providers.aws.*` */
export const awsBuiltins: HostBuiltins = {
  'providers.aws.sign_req': onTerms(signRequest),
};
