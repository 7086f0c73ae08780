/** Why there is no such profile, or none can be taken. */
export type ProfileErrorCode = 'NOT_FOUND' | 'NOT_DONE' | 'NO_APPLICATION' | 'PROFILE_RUNS';

/** A question about profiles that has no answer; the API answers 404 or 409 with it. */
export class ProfileError extends Error {
  readonly code: ProfileErrorCode;

  constructor(code: ProfileErrorCode, message: string) {
    super(message);
    this.name = 'ProfileError';
    this.code = code;
  }
}
