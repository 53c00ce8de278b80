/** The story of nothing at rest, told inside the lab by `main.ts`: `node inside.ts --started MS`. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { rolloutWorkflowId } from '../../../src/contract/ids.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import type { LabState } from '../../index.ts';
import { LabError } from '../../index.ts';
import { type Prober, startProber } from '../../prober/index.ts';
import { heading, RouteLog, Sluice, say, type Teller, tellInside } from '../../story/index.ts';
import { HOST, NAMESPACE, startApp } from '../app.ts';
import { sendEvent } from '../event.ts';
import { RATE } from '../scene.ts';
import { usersLine } from '../summary.ts';
import { Functions } from './functions.ts';
import { connectionsTo, sluiceProcesses } from './processes.ts';

const LIFE_SECONDS = 12;
const TEMPORAL_PORT = 7233;
const LEAST_LIVES = 10;
const QUIET_MS = 15_000;
const LONGEST_MS = 6 * 60_000;
const ABORT_AT = 40;
/** Long enough for the interval to have begun. */
const SEEN_MS = 1_500;

interface Play {
  lab: LabState;
  sluice: Sluice;
  functions: Functions;
  routes: RouteLog;
  prober: Prober;
  started: number;
  signal: AbortSignal;
  /** Connections to Temporal before there was a rollout: those of its own parts. */
  atRest: number;
}

async function story(teller: Teller, started: number): Promise<boolean> {
  const { lab, watch, signal } = teller;
  const sluice = new Sluice(lab, watch);
  const functions = new Functions(lab, sluice.secret, LIFE_SECONDS);
  heading(started, 'reviews:v1, two pods behind the gateway; no server, no worker');
  await Promise.all([startApp(lab, signal), functions.listen()]);
  const routes = new RouteLog(lab, NAMESPACE, 'reviews');
  const prober = startProber({
    url: `${lab.gateway}/`,
    host: HOST,
    rate: RATE,
    out: join(lab.dir, 'probes', 'zero.jsonl'),
  });
  prober.ended.catch((error: Error) => watch.report(error));
  try {
    await functions.register();
    while (functions.lives().length === 0) await sleep(200, undefined, { signal });
    await untilNothingRuns(signal);
    const play = { lab, sluice, functions, routes, prober, started, signal, atRest: connectionsTo(TEMPORAL_PORT) };
    say(
      `Temporal knows a command that serves the workers' version "zero"; it tried it once, and nothing of it is left.`,
    );
    sayWhatRuns(play);
    const promoted = await promote(play);
    const aborted = await abort(play);
    heading(started, 'Nothing is due any more');
    await untilNothingRuns(signal);
    await sleep(QUIET_MS, undefined, { signal });
    sayWhatRuns(play);
    await prober.stop();
    return summary(play, promoted, aborted);
  } finally {
    functions.close();
    routes.stop();
    await prober.stop().catch(() => undefined);
  }
}

interface Promotion {
  view: RolloutView;
  lives: number;
  /** From the event to the first write of the cluster, ms. */
  firstWriteMs: number;
}

async function promote(play: Play): Promise<Promotion> {
  const { functions, sluice, started, signal } = play;
  heading(started, `reviews:v2 was pushed; each worker lives for ${LIFE_SECONDS} s at most`);
  const before = functions.lives().length;
  const sentAt = await sendEvent('reviews:v2', 'new stars', sluice.secret);
  const seen = followRoute(play);
  const view = await untilEnded(play);
  await seen.stop();
  await untilNothingRuns(signal);
  const lives = functions.lives().slice(before);
  for (const { left, startedMs, livedMs, stopped } of lives)
    say(`  a life of ${seconds(livedMs)}, ${seconds(startedMs)} of them to start. ${left} ${stopped}`);
  const canary = view.steps.find(({ name }) => name === 'scale-canary');
  return { view, lives: lives.length, firstWriteMs: Date.parse(canary?.endedAt ?? '') - sentAt };
}

interface Abort {
  view: RolloutView;
  /** From the signal to the route that leads all users to the primary, ms. */
  backMs: number;
}

async function abort(play: Play): Promise<Abort> {
  const { sluice, routes, started, signal } = play;
  heading(
    started,
    `reviews:v3 was pushed; at weight ${ABORT_AT} its worker is killed and somebody aborts, with no worker alive`,
  );
  await sendEvent('reviews:v3', 'faster stars', sluice.secret);
  await routes.untilWeight(ABORT_AT, signal);
  await sleep(SEEN_MS, undefined, { signal });
  for (const { pid } of sluiceProcesses()) process.kill(pid, 'SIGKILL');
  await untilNothingRuns(signal);
  say('>>> kill -9 of every process of Sluice; none runs now.');
  const askedAt = Date.now();
  say('> sluice abort demo/reviews --reason "a customer called"');
  const asked = sluice.cli('abort', `${NAMESPACE}/reviews`, '--reason', 'a customer called').catch(answerOf);
  await routes.untilWeight(0, signal);
  const backMs = Date.now() - askedAt;
  say(`< ${(await asked).trim()}`);
  say(`All users are on v1 again ${seconds(backMs)} later.`);
  return { view: await untilEnded(play), backMs };
}

/** It is stored also when no worker confirms it in time. */
function answerOf({ stderr, message }: Error & { stderr?: string }): string {
  return stderr ?? message;
}

function sayWhatRuns({ atRest }: Pick<Play, 'atRest'>): void {
  const [processes, connections] = [sluiceProcesses(), connectionsTo(TEMPORAL_PORT) - atRest];
  say(`Processes of Sluice: ${processes.length || 'none'}. Connections of it to Temporal: ${connections || 'none'}.`);
  for (const { pid, what } of processes) say(`  ${pid} ${what}`);
}

/** Says each change of the route, until it is stopped. */
function followRoute({ routes, started }: Play) {
  let told = routes.changes.length;
  const tell = () => {
    for (const { at, canary, mirror } of routes.changes.slice(told))
      say(`  ${seconds(at - started)}  canary ${canary} %${mirror > 0 ? `, mirror ${mirror} %` : ''}`);
    told = routes.changes.length;
  };
  const timer = setInterval(tell, 200);
  return {
    stop: async () => {
      clearInterval(timer);
      tell();
    },
  };
}

/** The workflow's result, for which nobody has to be asked who runs. */
async function untilEnded({ lab, signal }: Play): Promise<RolloutView> {
  const connection = await Connection.connect({ address: lab.temporal });
  try {
    const handle = new Client({ connection }).workflow.getHandle(rolloutWorkflowId('local', NAMESPACE, 'reviews'));
    const result = handle.result() as Promise<RolloutView>;
    return await Promise.race([result, sleep(LONGEST_MS, undefined, { signal }).then(() => didNotEnd())]);
  } finally {
    await connection.close();
  }
}

function didNotEnd(): never {
  throw new LabError(`the rollout did not end in ${LONGEST_MS / 1000} s`);
}

async function untilNothingRuns(signal: AbortSignal): Promise<void> {
  const until = Date.now() + LONGEST_MS;
  while (sluiceProcesses().length > 0) {
    if (Date.now() > until) throw new LabError('something of Sluice does not end');
    await sleep(200, undefined, { signal });
  }
}

function summary({ functions, prober, started, atRest }: Play, good: Promotion, bad: Abort): boolean {
  heading(started, 'Summary');
  const users = prober.summary();
  const lives = functions.lives();
  const sum = (of: (life: (typeof lives)[number]) => number) => lives.reduce((all, life) => all + of(life), 0);
  say(usersLine(users));
  say(
    `reviews:v2 ${good.view.outcome?.kind} through ${good.lives} lives; first write ${seconds(good.firstWriteMs)} after the event.`,
  );
  say(`reviews:v3 ${bad.view.outcome?.kind}; users back ${seconds(bad.backMs)} after an abort that found no worker.`);
  say(
    `${lives.length} invocations of the worker, ${seconds(sum(({ livedMs }) => livedMs))} of time, ${seconds(sum(({ cpuMs }) => cpuMs))} of a processor;`,
  );
  say(`${functions.server.invocations} of the server, ${seconds(functions.server.ms)}.`);
  const left = sluiceProcesses().length + connectionsTo(TEMPORAL_PORT) - atRest;
  const wrong = [
    good.view.outcome?.kind !== 'promoted' && `reviews:v2 was not promoted: ${good.view.sentence}`,
    good.lives < LEAST_LIVES && `${good.lives} lives, fewer than ${LEAST_LIVES}.`,
    bad.view.outcome?.kind !== 'aborted' && `reviews:v3 was not aborted: ${bad.view.sentence}`,
    users.failed > 0 && `${users.failed} of ${users.total} user requests failed.`,
    left > 0 && 'Something of Sluice is left running.',
  ].filter((text) => text !== false);
  say();
  for (const complaint of wrong) say(`NOT AS IT SHOULD BE: ${complaint}`);
  if (wrong.length === 0) say('As it should be: nothing ran but while something was due, and no user noticed.');
  return wrong.length === 0;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

const { values } = parseArgs({ options: { started: { type: 'string' } } });
await tellInside((teller) => story(teller, Number(values.started)));
