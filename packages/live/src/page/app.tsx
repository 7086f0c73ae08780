import type { ComponentType } from 'preact';
import { Frame } from './components/frame.tsx';
import { linkTo, place, type View } from './model/location.ts';
import { Routes } from './views/routes.tsx';

const VIEWS: Partial<Record<View, ComponentType>> = {
  routes: Routes,
};

export function App() {
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
