/** The story of nothing at rest, told inside the lab by `main.ts`: `node inside.ts --started MS --aborts N --rest SECONDS`. */
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
import { sluiceConnections, sluiceProcesses } from './processes.ts';
import { type Rest, watchRest } from './rest.ts';

const LIFE_SECONDS = 12;
const LEAST_LIVES = 10;
const LONGEST_MS = 6 * 60_000;
const ABORT_AT = 40;
/** Long enough for the interval to have begun. */
const SEEN_MS = 1_500;

/** How much is told. */
interface Length {
  /** When the demo began, epoch ms. */
  started: number;
  aborts: number;
  /** How long nothing runs at the end, s. */
  rest: number;
}

interface Play {
  lab: LabState;
  sluice: Sluice;
  functions: Functions;
  routes: RouteLog;
  prober: Prober;
  started: number;
  signal: AbortSignal;
}

async function story(teller: Teller, { started, aborts, rest }: Length): Promise<boolean> {
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
    const play = { lab, sluice, functions, routes, prober, started, signal };
    say(
      `Temporal knows a command that serves the workers' version "zero"; it tried it once, and nothing of it is left.`,
    );
    sayWhatRuns();
    const promoted = await promote(play);
    const aborted: Abort[] = [];
    while (aborted.length < aborts) aborted.push(await abort(play));
    heading(started, `Nothing is due any more; it is looked every second for ${rest} s`);
    await untilNothingRuns(signal);
    const seen = await watchRest({ auditLog: lab.auditLog, ms: rest * 1_000, signal });
    sayWhatRuns();
    await prober.stop();
    return summary(play, promoted, aborted, seen);
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

function sayWhatRuns(): void {
  const [processes, connections] = [sluiceProcesses(), sluiceConnections()];
  say(`Processes of Sluice: ${processes.length || 'none'}. Their connections: ${connections || 'none'}.`);
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

function summary({ functions, prober, started }: Play, good: Promotion, bad: Abort[], seen: Rest): boolean {
  heading(started, 'Summary');
  const users = prober.summary();
  const lives = functions.lives();
  const sum = (of: (life: (typeof lives)[number]) => number) => lives.reduce((all, life) => all + of(life), 0);
  say(usersLine(users));
  say(
    `reviews:v2 ${good.view.outcome?.kind} through ${good.lives} lives; first write ${seconds(good.firstWriteMs)} after the event.`,
  );
  const back = bad.map(({ backMs }) => backMs).sort((a, b) => a - b);
  const [median = 0, worst = 0] = [back[Math.floor(back.length / 2)], back.at(-1)];
  const times = back.length > 1 ? `, ${back.length} times: median ${seconds(median)}, worst` : '';
  say(`reviews:v3 aborted; users back after an abort that found no worker${times} ${seconds(worst)}.`);
  say(
    `${lives.length} invocations of the worker, ${seconds(sum(({ livedMs }) => livedMs))} of time, ${seconds(sum(({ cpuMs }) => cpuMs))} of a processor;`,
  );
  say(`${functions.server.invocations} of the server, ${seconds(functions.server.ms)}.`);
  say(
    `In ${seen.looks} s at rest: ${seen.processes} processes, ${seen.connections} connections, ${seen.requests} requests.`,
  );
  const unlike = bad.find(({ view }) => view.outcome?.kind !== 'aborted');
  const wrong = [
    good.view.outcome?.kind !== 'promoted' && `reviews:v2 was not promoted: ${good.view.sentence}`,
    good.lives < LEAST_LIVES && `${good.lives} lives, fewer than ${LEAST_LIVES}.`,
    unlike !== undefined && `reviews:v3 was not aborted: ${unlike.view.sentence}`,
    users.failed > 0 && `${users.failed} of ${users.total} user requests failed.`,
    seen.processes + seen.connections + seen.requests > 0 && 'Something of Sluice ran although nothing was due.',
  ].filter((text) => text !== false);
  say();
  for (const complaint of wrong) say(`NOT AS IT SHOULD BE: ${complaint}`);
  if (wrong.length === 0) say('As it should be: nothing ran but while something was due, and no user noticed.');
  return wrong.length === 0;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

const text = { type: 'string' } as const;
const { started, aborts, rest } = parseArgs({ options: { started: text, aborts: text, rest: text } }).values;
await tellInside((teller) => story(teller, { started: Number(started), aborts: Number(aborts), rest: Number(rest) }));
