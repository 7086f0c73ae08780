import type { ComponentType } from 'preact';
import { Frame } from './components/frame.tsx';
import { TokenForm } from './components/token-form.tsx';
import { refused } from './model/live.ts';
import { linkTo, place, type View } from './model/location.ts';
import { Events } from './views/events.tsx';
import { Metrics } from './views/metrics.tsx';
import { Profile } from './views/profile.tsx';
import { Raw } from './views/raw.tsx';
import { Route } from './views/route.tsx';
import { Routes } from './views/routes.tsx';
import { Runtime } from './views/runtime.tsx';
import { Upstreams } from './views/upstreams.tsx';

const VIEWS: Record<View, ComponentType> = {
  routes: Routes,
  route: Route,
  upstreams: Upstreams,
  profile: Profile,
  metrics: Metrics,
  runtime: Runtime,
  events: Events,
  raw: Raw,
};

export function App() {
  if (refused.value) {
    return (
      <Frame>
        <TokenForm />
      </Frame>
    );
  }
  const { view } = place.value;
  const Shown = view ? VIEWS[view] : undefined;
  return Shown ? <Shown /> : <Unknown />;
}

function Unknown() {
  return (
    <Frame>
      <p class="nothing">
        There is no such view.{' '}
        <a href={linkTo('routes')} data-view>
          All routes
        </a>
      </p>
    </Frame>
  );
}
