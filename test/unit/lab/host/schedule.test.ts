import { describe, expect, it } from 'vitest';
import { ALL_PARTS } from '../../../../lab/host/all-parts.ts';
import { inOrder, reversed, withoutParts } from '../../../../lab/host/schedule.ts';
import { PART_NAMES, type PartName } from '../../../../lab/host/state.ts';

async function order(parts: typeof ALL_PARTS): Promise<PartName[]> {
  const done: PartName[] = [];
  await inOrder(parts, async ({ name }) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    done.push(name);
  });
  return done;
}

describe('the order of parts', () => {
  it('starts each after what it needs, and stops it before', async () => {
    const started = await order(ALL_PARTS);
    const stopped = await order(reversed(ALL_PARTS));
    expect([...started].sort()).toEqual([...PART_NAMES].sort());
    expect([...stopped].sort()).toEqual([...PART_NAMES].sort());
    for (const part of ALL_PARTS) {
      for (const need of part.needs) {
        expect(started.indexOf(need)).toBeLessThan(started.indexOf(part.name));
        expect(stopped.indexOf(need)).toBeGreaterThan(stopped.indexOf(part.name));
      }
    }
  });

  it('starts independent parts at the same time', async () => {
    let running = 0;
    let most = 0;
    await inOrder(ALL_PARTS, async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
    });
    expect(most).toBeGreaterThan(2);
  });

  it('does not start what needs a part that failed', async () => {
    const begun: PartName[] = [];
    const work = inOrder(ALL_PARTS, async ({ name }) => {
      begun.push(name);
      if (name === 'apiserver') throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(begun).not.toContain('istiod');
  });
});

describe('leaving parts out', () => {
  it('leaves out what needs them, too', () => {
    expect(withoutParts(ALL_PARTS, ['temporal', 'smtp'])).toHaveLength(PART_NAMES.length - 2);
    const rest = withoutParts(ALL_PARTS, ['kubelet']);
    expect(rest).not.toContain('gateway');
    expect(rest).not.toContain('mesh-client');
    expect(rest).toContain('istiod');
  });

  it('refuses names that are no parts', () => {
    expect(() => withoutParts(ALL_PARTS, ['tempral'])).toThrow(/"tempral" is no part of the lab: parts are etcd, /);
  });
});
