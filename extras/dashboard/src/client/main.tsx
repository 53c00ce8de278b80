/** What a browser does with a page that works already: keeps it up to date, draws its charts, takes single keys. */
import { hydrate } from 'preact';
import { Drawing } from '../parts/chart.tsx';
import { LiveList, LiveRollout } from '../parts/live.tsx';
import { RolloutPage } from '../parts/rollout.tsx';
import { takeDialogs } from './dialogs.ts';
import { draw } from './draw.ts';
import { takeKeys } from './keys.ts';

/** An ended rollout has charts, and nothing that changes. */
const ISLANDS = { list: LiveList, rollout: LiveRollout, past: RolloutPage };

const main = document.querySelector<HTMLElement>('main[data-island]');
const data = document.getElementById('data')?.textContent;
if (main && data) {
  const Island = ISLANDS[main.dataset.island as keyof typeof ISLANDS];
  hydrate(
    <Drawing.Provider value={draw}>
      <Island {...JSON.parse(data)} />
    </Drawing.Provider>,
    main,
  );
}
takeDialogs();
takeKeys();
