import { describe, expect, it } from 'vitest';
import { AppState } from '../../../../lab/programs/app-state.ts';
import { parseControl } from '../../../../lab/programs/control.ts';
import { NO_BEHAVIOURS } from '../../../../lab/programs/index.ts';

describe('what a program does', () => {
  it('fails exactly the asked share of any hundred requests', () => {
    const state = new AppState({ ...NO_BEHAVIOURS, errorPercent: 30 }, 0);
    for (let hundred = 0; hundred < 3; hundred += 1) {
      expect(Array.from({ length: 100 }, () => state.nextFails()).filter(Boolean)).toHaveLength(30);
    }
  });

  it('never fails at 0 % and always at 100 %', () => {
    const good = new AppState(NO_BEHAVIOURS, 0);
    const bad = new AppState({ ...NO_BEHAVIOURS, errorPercent: 100 }, 0);
    expect(Array.from({ length: 50 }, () => good.nextFails())).not.toContain(true);
    expect(Array.from({ length: 50 }, () => bad.nextFails())).not.toContain(false);
  });

  it.each([
    ['at once by default', {}, 0, true],
    ['never', { readyAfterMs: null }, 1e9, false],
    ['not before its time', { readyAfterMs: 500 }, 499, false],
    ['at its time', { readyAfterMs: 500 }, 500, true],
    ['in the first half of a flap', { flapMs: 3000 }, 2999, true],
    ['not in the second half of a flap', { flapMs: 3000 }, 3000, false],
    ['again after a flap', { flapMs: 3000 }, 6000, true],
  ])('is ready %s', (_, behaviours, age, ready) => {
    expect(new AppState({ ...NO_BEHAVIOURS, ...behaviours }, 1000).ready(1000 + age)).toBe(ready);
  });

  it('lets the control override the image, key by key, until it is reset', () => {
    const state = new AppState({ ...NO_BEHAVIOURS, slowMs: 100 }, 0);
    state.apply({ slowMs: 7 });
    state.apply({ ready: false });
    expect([state.slowMs, state.ready(0)]).toEqual([7, false]);
    state.apply({ reset: true, hang: true });
    expect([state.slowMs, state.ready(0), state.hanging]).toEqual([100, true, true]);
  });
});

describe('control requests', () => {
  it('are read as they are', () => {
    expect(parseControl('{"errorPercent":20,"refuse":true}')).toEqual({ errorPercent: 20, refuse: true });
  });

  it.each([
    ['{', 'not JSON'],
    ['[]', 'no object'],
    ['{"errorPercent":101}', 'errorPercent: a number, 0 to 100'],
    ['{"slowMs":"4"}', 'slowMs: a number'],
    ['{"refuse":1}', 'refuse: true or false'],
    ['{"refused":true}', 'unknown key refused; known are errorPercent'],
    ['{"toString":true}', 'unknown key toString'],
  ])('%s is refused', (body, message) => {
    expect(() => parseControl(body)).toThrow(message);
  });
});
