/**
 * Every request that the generator knows: where it goes, and which route should answer.
 * `weight` is its share of the calm traffic.
 */
const user = (random) => 1 + Math.floor(random() * 500);
const org = (random) => (random() < 0.5 ? 'acme' : 'globex');
const WORDS = ['ada', 'ben', 'cleo', 'eve', 'finn', 'hana'];
const CURRENCIES = ['eur', 'usd', 'jpy', 'chf'];

const get = (route, weight, url) => ({ method: 'GET', route, weight, url });

export const home = get('/home', 8, (random) => `/home?user=${user(random)}`);

export const report = {
  method: 'POST',
  route: '/reports',
  weight: 0.2,
  url: () => '/reports',
  body: (random) => ({ days: 30 + Math.floor(random() * 30) }),
};

/** Somebody who tries addresses: none of them must become a series. */
export const scan = get('unmatched', 0.5, (random) => {
  const name = Math.floor(random() * 2 ** 40).toString(36);
  return random() < 0.5 ? `/wp-admin/${name}.php` : `/.git/objects/${name}?id=${user(random)}`;
});

/** Read until `leaveAfterMs`, then left: an open stream is not a slow request. */
export const updates = { ...get('/home/updates', 0.3, () => '/home/updates'), leaveAfterMs: 900 };

export const REQUESTS = [
  home,
  updates,
  report,
  scan,
  get('/', 1, () => '/'),
  get('/healthz', 2, () => '/healthz'),
  get('/version', 0.2, () => '/version'),
  get('/users/:id', 8, (random) => `/users/${user(random)}`),
  // A person who is not there: the route answers with 404, and keeps its name.
  get('/users/:id', 0.5, (random) => `/users/${500 + user(random)}`),
  get('/users/:id/friends', 5, (random) => `/users/${user(random)}/friends`),
  get('/users/:id/timeline', 0.8, (random) => `/users/${user(random)}/timeline`),
  {
    method: 'POST',
    route: '/users/:id/posts',
    weight: 2,
    url: (random) => `/users/${user(random)}/posts`,
    body: (random) => (random() < 0.9 ? { text: `hello ${user(random)}` } : {}),
  },
  get('/orgs/:org', 2, (random) => `/orgs/${org(random)}`),
  get('/orgs/:org/export', 0.4, (random) => `/orgs/${org(random)}/export`),
  get('/orgs/:org/users/:id', 4, (random) => `/orgs/${org(random)}/users/${user(random)}`),
  {
    method: 'DELETE',
    route: '/orgs/:org/users/:id',
    weight: 0.4,
    url: (random) => `/orgs/${org(random)}/users/${user(random)}`,
  },
  {
    method: 'POST',
    route: '/orgs/:org/users/:id/invoices',
    weight: 2,
    url: (random) => `/orgs/${org(random)}/users/${user(random)}/invoices`,
  },
  get('/search', 3, (random) =>
    random() < 0.9 ? `/search?q=${WORDS[Math.floor(random() * WORDS.length)]}` : '/search',
  ),
  get('/exchange', 0.4, () => '/exchange'),
  get('/exchange/:currency', 1.5, (random) => `/exchange/${CURRENCIES[Math.floor(random() * 4)]}`),
];
