/** From notices to what a webhook carries: a CloudEvent 1.0 in structured mode. Pure. Each field is documented by `tools/docs/webhook-schema.ts`. */
import { createHash } from 'node:crypto';
import type { Notice, NoticeView, NotifyInput } from '../../contract/notice.ts';
import type { Question } from '../../contract/question.ts';
import { askedText, effectsOf } from '../../contract/question-words.ts';
import type { Revision } from '../../contract/revision.ts';
import { boundOf } from '../../contract/words.ts';

export type WebhookEvent = ReturnType<typeof envelope<Where>>;
type Where = Pick<NotifyInput, 'cluster' | 'namespace' | 'plan'>;

/** The same notices make the same id, whenever they are told; what is asked is what is asked now. */
export function eventOf({ cluster, namespace, plan, notices, open }: NotifyInput) {
  const where = { cluster, namespace, plan };
  const last = notices.at(-1) as Notice;
  const alone = notices.length === 1;
  const rollout = alone && last.view ? rolloutOf(last.view) : undefined;
  const id = idOf([...Object.values(where), ...notices.map((notice) => notice.id)]);
  const type = `rollout.${alone ? last.topic : 'digest'}`;
  return envelope(id, type, last, {
    ...where,
    notices: notices.map(noticeOf),
    questions: open.map(questionOf),
    rollout,
  });
}

/** Nothing happened: whether it arrives, and whether its signature fits. @param id another one each time */
export function pingEvent(where: Where, id: string, at: string) {
  return envelope(idOf([id]), 'ping', { at, rollout: where.plan }, { ...where, notices: [], questions: [] });
}

function envelope<Data extends Where>(
  id: string,
  type: string,
  { at, rollout }: Pick<Notice, 'at' | 'rollout'>,
  data: Data,
) {
  const [cluster, namespace, plan] = [data.cluster, data.namespace, data.plan].map(encodeURIComponent);
  const source = `/clusters/${cluster}/namespaces/${namespace}/plans/${plan}`;
  const about = { id, source, type: `dev.sluice.${type}.v1alpha1`, subject: rollout, time: at };
  return { specversion: '1.0', ...about, datacontenttype: 'application/json', data };
}

/** Standard Webhooks wants no dot in it, and names have some. */
function idOf(parts: string[]): string {
  return `msg_${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40)}`;
}

function noticeOf({ id, topic, at, rollout, delivery, change, sentence, asked, questions, head: audit }: Notice) {
  return { id, topic, at, rollout, delivery, change, sentence, asked, questions, audit };
}

function questionOf(question: Question) {
  const { id, kind, object, since, acknowledged, onSilence: silence } = question;
  const answers = Object.fromEntries(effectsOf(question).slice(0, -1));
  return { id, kind, object, reason: askedText(question), since, answers, silence, acknowledgedBy: acknowledged?.by };
}

function rolloutOf(view: NoticeView) {
  const { rollout: name, state, sentence, startedAt, endedAt, outcome, warnings, links = {} } = view;
  const { route, startedBy, lastInterval } = view;
  const running = view.steps.find((step) => step.state === 'running');
  return {
    ...{ name, state, sentence, startedAt, endedAt, outcome, warnings, links },
    ...{ source: startedBy.source, by: startedBy.by, reason: startedBy.reason },
    revision: view.revision && imageOf(view.revision),
    previous: view.previous && imageOf(view.previous),
    step: running && { number: running.number, name: running.name, title: running.title },
    traffic: { primary: route.primary, canary: route.canary, mirror: route.mirror, seen: view.observedWeight },
    pods: view.replicas,
    failures: { count: view.failures.count, threshold: view.failures.threshold },
    checks: (lastInterval?.checks ?? []).map((check) => {
      const { name, verdict, value, limit, unit, requests } = check;
      return { name, verdict, value, limit, bound: boundOf(check), unit, requests };
    }),
    comparison: view.comparison?.sentence,
  };
}

function imageOf({ id, image }: Revision) {
  return { id, image };
}
