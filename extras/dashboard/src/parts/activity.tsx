import type { RolloutView } from 'sluice/contract';
import { pathOf, timeOfDay } from './data.ts';
import { Mark, OutsideLink, Time } from './small.tsx';
import { timelineOf } from './timeline.ts';

/** One list of people and machine, newest first; the choice of people alone needs no script. */
export function Activity({ view }: { view: RolloutView }) {
  return (
    <section class="activity" aria-labelledby="activity">
      <h2 id="activity">Activity</h2>
      <label class="people">
        <input type="checkbox" /> people only
      </label>
      <ol>
        {timelineOf(view).map(({ at, who, person, mark, style, what }) => (
          <li key={at + who + what} class={person ? 'person' : 'machine'}>
            <Time at={at} short={timeOfDay(at)} />
            <span class={`mark ${style}`}>
              <Mark mark={mark} />
            </span>
            <span>
              <strong>{who}</strong> {what}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Those of the plan, then what Sluice itself has. */
export function Links({ view }: { view: RolloutView }) {
  const path = pathOf(view);
  return (
    <nav class="links" aria-label="More about this rollout">
      {Object.entries(view.links ?? {}).map(([name, url]) => (
        <OutsideLink key={name} href={url}>
          {name}
        </OutsideLink>
      ))}
      <a href={`/api/v1${path}`}>JSON</a>
      <a href={`/api/v1${path}/audit`}>Audit file</a>
    </nav>
  );
}
