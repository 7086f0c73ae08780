/** Why a store across the network has no answer. */
export type StoreErrorCode =
  | 'STORE_UNREACHABLE'
  | 'STORE_TIMEOUT'
  | 'STORE_REFUSED'
  | 'STORE_FAILED'
  | 'STORE_TOO_MUCH'
  | 'STORE_BUSY';

/** A question that the engine behind the store did not answer; the API answers 502 with it. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
  }
}
