import express from 'express';
import { exchangeRoutes } from './routes/exchange.js';
import { homeRoutes } from './routes/home.js';
import { orgRoutes } from './routes/orgs.js';
import { reportRoutes } from './routes/reports.js';
import { searchRoutes } from './routes/search.js';
import { userRoutes } from './routes/users.js';
import { createAds } from './services/ads.js';
import { createFeed } from './services/feed.js';
import { createFriends } from './services/friends.js';
import { createTimeline } from './services/timeline.js';
import { readVersion } from './services/version.js';

/**
 * The backend. `upstreamUrl` is the service that holds ads, posts and exchange rates; `pool` has connections to
 * the database of people.
 */
export function createApp({ upstreamUrl, pool }) {
  const friends = createFriends(pool);
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: '100kb' }));

  app.get('/', (_req, res) => res.redirect('/home'));
  app.get('/healthz', (_req, res) => res.json({ status: 'ok' }));
  app.get('/version', (_req, res) => res.json({ node: readVersion() }));
  app.use('/home', homeRoutes({ friends, feed: createFeed(upstreamUrl), ads: createAds(upstreamUrl) }));
  app.use('/users', userRoutes({ friends, timeline: createTimeline(pool) }));
  app.use('/orgs/:org', orgRoutes());
  app.use('/search', searchRoutes());
  app.use('/reports', reportRoutes());
  app.use('/exchange', exchangeRoutes(upstreamUrl));

  app.use((_req, res) => res.status(404).json({ error: 'no such page' }));
  app.use((error, _req, res, next) => {
    if (res.headersSent) return next(error);
    res.status(error.status ?? 500).json({ error: error.message });
  });
  return app;
}
