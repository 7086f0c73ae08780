import { RoutemeterError } from '../errors/error.ts';
import { warnOnce } from '../errors/warning.ts';

/** A live server whose orders for profiles are taken. */
export interface Orderer {
  readonly url: string;
  readonly token: string;
}

/** As `routemeter-live --profile-token` takes it. */
const TOKEN = /^[A-Za-z0-9._~+/-]{16,512}=*$/;

/**
 * Null where no orders are taken. No message shows the token.
 *
 * @throws RoutemeterError RM_OPTION_INVALID where one of the two was an option; else warns once.
 */
export function ordererOf(
  url: string | undefined,
  token: string | undefined,
  isOption: boolean,
): Orderer | null {
  // A token alone asks for nothing: a fleet may have it everywhere.
  if (url === undefined) return null;
  if (token !== undefined && TOKEN.test(token)) return { url, token };
  const why =
    token === undefined
      ? 'profileUrl: without "profileToken" no orders can be taken; give what the server has as --profile-token'
      : 'profileToken: what is given is no token; it has 16 to 512 letters, digits or . _ ~ + / -';
  if (isOption) throw new RoutemeterError('RM_OPTION_INVALID', why);
  warnOnce('RM_ENV_INVALID', 'ROUTEMETER_PROFILE_URL', `${why}; ignored`);
  return null;
}
