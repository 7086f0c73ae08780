import { render } from 'preact';
import { App } from './app.tsx';
import { watchShortcuts } from './components/shortcuts.ts';
import { Tooltip, watchHelp } from './components/tooltip.tsx';
import { live } from './model/live.ts';
import { followLinks } from './model/location.ts';
import { watchTags } from './model/tags.ts';
import './model/theme.ts';
import './styles/index.css';

followLinks();
watchHelp();
watchShortcuts();
live();
watchTags();

render(
  <>
    <App />
    <Tooltip />
  </>,
  document.getElementById('page')!,
);
