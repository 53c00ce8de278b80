/** What `up` and `status` print. */
import { formatDuration } from '../build/progress.ts';
import { ALL_PARTS } from '../host/all-parts.ts';
import type { LabState, PartState } from '../host/state.ts';

/** One line a part: name, status, what it is, where it answers. */
export function partsTable(state: LabState): string {
  const rows = ALL_PARTS.flatMap((part) => {
    const known = state.parts[part.name];
    if (!known) return [[part.name, 'left out', part.about, '']];
    return [[part.name, statusText(known), part.about, part.address?.(state) ?? '']];
  });
  return columns([['PART', 'STATUS', 'WHAT', 'ADDRESS INSIDE'], ...rows]);
}

function statusText(part: PartState): string {
  if (part.status === 'ready' && part.readyAfterMs !== undefined)
    return `ready after ${(part.readyAfterMs / 1000).toFixed(1)}s`;
  return part.error ? `${part.status}: ${part.error}` : part.status;
}

/** Pads every column but the last to its widest cell. */
export function columns(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function headline(state: LabState): string {
  const after = state.readyAfterMs === undefined ? '' : ` (ready after ${formatDuration(state.readyAfterMs)})`;
  return `lab ${state.name}: ${state.phase}${after}, files in ${state.dir}`;
}

export function nextCommands(state: LabState): string {
  const lab = state.name === 'default' ? 'npm run lab --' : `npm run lab -- --name ${state.name}`;
  return [
    'Next:',
    `  ${lab} shell                     a shell inside, with kubectl and temporal`,
    `  ${lab} exec -- kubectl get pods -A`,
    `  ${lab} forward                   open the gateway, Prometheus and the Temporal UI in a browser`,
    `  ${lab} down                      end it`,
  ].join('\n');
}
