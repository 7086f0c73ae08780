import { timed } from 'routemeter';

/** The partner's rate of a currency. */
export function createRates(upstreamUrl) {
  return timed('rates', async (currency) => {
    const answer = await fetch(`${upstreamUrl}/rates?currency=${encodeURIComponent(currency)}`);
    return answer.json();
  });
}
