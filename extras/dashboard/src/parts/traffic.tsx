import { formatFigure, isFinished, plural } from 'sluice/contract';
import type { Rollout } from 'sluice/server';

/** Left primary, right canary; asked and seen on one scale; a mirror stands apart because users do not feel it. */
export function Traffic({ view }: { view: Rollout }) {
  const { live } = view;
  const { primary, canary } = view.route;
  const finished = isFinished(view);
  const seen = finished ? undefined : (live.interval?.observedWeight ?? view.observedWeight);
  const pods = live.interval?.canaryReady ?? view.replicas.canary;
  return (
    <section class="traffic" aria-labelledby="traffic">
      <h2 id="traffic">Traffic</h2>
      <div class="sides">
        <p>
          <strong>primary</strong> {primary} %
          {view.rollout && <span class="quiet"> {plural(view.replicas.primary, 'pod')}</span>}
        </p>
        <p>
          <strong>canary</strong> {canary} %{view.rollout && <span class="quiet"> {plural(pods, 'pod')}</span>}
        </p>
      </div>
      <Bar label="asked" canary={canary} />
      {!finished && <Bar label="seen" canary={seen} />}
      <Mirror view={view} />
    </section>
  );
}

/** Widths are the picture's own: a policy without inline styles holds. */
function Bar({ label, canary }: { label: string; canary: number | undefined }) {
  const text = canary === undefined ? 'no data' : formatFigure(canary, '%');
  return (
    <p class="bar">
      <span class="label">{label}</span>
      {canary === undefined ? (
        <span class="nothing" />
      ) : (
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
          <rect class="primary" width={100 - canary} height="10" />
          <rect class="canary" x={100 - canary} width={canary} height="10" />
        </svg>
      )}
      <span class="value">{text} on the canary</span>
    </p>
  );
}

function Mirror({ view }: { view: Rollout }) {
  const share = view.route.mirror;
  if (share === 0 && !view.mirror) return null;
  const passed = view.mirror && `${view.mirror.passed} of ${view.mirror.iterations} intervals passed`;
  const text = share > 0 ? `${share} %: copies only, users feel nothing` : 'off';
  return (
    <p class={share > 0 ? 'mirror on' : 'mirror'}>
      <span class="label">mirror</span> {text}
      {passed && `; ${passed}`}
    </p>
  );
}
