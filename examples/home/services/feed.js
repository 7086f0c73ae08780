import { defaultMeter, timed } from 'routemeter';

const MARKUP = /[*_`]/g;

/** Posts from the upstream, then made presentable here: one block inside the other. */
export function createFeed(upstreamUrl) {
  return timed('feed', async (user) => {
    const answer = await fetch(`${upstreamUrl}/posts?user=${user.id}`);
    const posts = await answer.json();
    return defaultMeter().time('feed.render', () => posts.map(render));
  });
}

function render(post) {
  return { ...post, html: `<p>${post.text.replace(MARKUP, '')}</p>` };
}
