/** What can go wrong when the server is started, or asked. Each message names the bad value and what to do. */
export type LiveErrorCode = 'BAD_OPTION' | 'PORT_IN_USE' | 'CANNOT_LISTEN' | 'COMMAND_FAILED' | 'NO_ANSWER';

/** Thrown by `createLiveServer`; `code` says which, the message is one line for people. */
export class LiveError extends Error {
  readonly code: LiveErrorCode;

  constructor(code: LiveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LiveError';
    this.code = code;
  }
}

/** An error of a listening socket in words. */
export function listenError(error: unknown, what: string, option: string): LiveError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    return new LiveError(
      'PORT_IN_USE',
      `${what} is in use by another program; stop it, or choose another with ${option}`,
      { cause: error },
    );
  }
  return new LiveError(
    'CANNOT_LISTEN',
    `cannot listen on ${what} (${code ?? error}); choose another with ${option}`,
    {
      cause: error,
    },
  );
}
