import type { ComponentChildren } from 'preact';
import { linkTo, place, type View } from '../model/location.ts';
import { Connection } from './connection.tsx';
import { Header } from './header.tsx';
import { HostFilter } from './host-filter.tsx';
import { ZoomNote } from './zoom-note.tsx';

const TABS: [View, string][] = [
  ['routes', 'Routes'],
  ['upstreams', 'Upstreams'],
  ['profile', 'Profile'],
  ['metrics', 'Metrics'],
  ['runtime', 'Runtime'],
  ['events', 'Events'],
  ['raw', 'Raw'],
];

interface Props {
  /** What belongs to this view alone: filters at the right of the tabs. */
  toolbar?: ComponentChildren;
  /** Whether the choice of a host stands behind the toolbar. Default true. */
  byHost?: boolean;
  children: ComponentChildren;
}

/** The same around every view: header, tabs, state of the connection. */
export function Frame({ toolbar, byHost = true, children }: Props) {
  const current = place.value.view === 'route' ? 'routes' : place.value.view;
  return (
    <>
      <Header />
      <div class="bar-two">
        <nav class="tabs" aria-label="Views">
          {TABS.map(([view, name]) => (
            <a key={view} href={linkTo(view)} data-view aria-current={view === current ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <div class="toolbar">
          {toolbar}
          {byHost ? <HostFilter /> : null}
        </div>
      </div>
      <main>{children}</main>
      <div class="afloat">
        <ZoomNote />
        <Connection />
      </div>
    </>
  );
}
