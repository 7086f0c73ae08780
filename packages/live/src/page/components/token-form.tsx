import { useState } from 'preact/hooks';
import { holdsToken } from '../api/client.ts';

/** The server asks for its token: typed once, the server changes it for a cookie. */
export function TokenForm() {
  const [isWrong, setWrong] = useState(false);
  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget as HTMLFormElement).get('token')).trim();
    if (!(await holdsToken(token))) return setWrong(true);
    const url = new URL(location.href);
    url.searchParams.set('token', token);
    location.replace(url);
  };
  return (
    <form class="welcome token" onSubmit={enter}>
      <h1>This server asks for its token</h1>
      <p>
        The one it was started with, by <code>--token</code> or <code>--token-file</code>.
      </p>
      <input class="search" type="password" name="token" aria-label="Token" autocomplete="off" required />
      <button type="submit" class="button">
        Open
      </button>
      {isWrong ? <p role="alert">This is not the token.</p> : null}
    </form>
  );
}
