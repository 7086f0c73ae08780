import { timed } from 'routemeter';

/** Waits for an upstream that is sometimes slow. */
export function createAds(upstreamUrl) {
  return timed('ads', async (user) => {
    const answer = await fetch(`${upstreamUrl}/ads?user=${user.id}`);
    return answer.json();
  });
}
