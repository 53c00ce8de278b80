/** Whether what a message carries may be stored or used: its shape and its size, before anything else is looked at. Pure. */

import { VERBS } from './action.ts';
import { ANSWERS, isAnswer } from './question.ts';

const LONGEST_ID = 200;
const LONGEST_TEXT = 2_000;
/** Characters of an offer, its plan included; Temporal takes no more than 2 MB at once. */
const LARGEST_OFFER = 500_000;

/** Characters of a statement: all of an action, signed. */
const LONGEST_STATEMENT = 20_000;

const ACTOR = `actor has a name and a channel of at most ${LONGEST_ID} characters`;

/** Text fields of an action with their longest forms. */
const ACTION_TEXTS = {
  reason: LONGEST_TEXT,
  rollout: 2 * LONGEST_ID,
  step: LONGEST_ID,
  revision: LONGEST_ID,
  question: LONGEST_ID,
} as const;

/** @returns what is wrong with an action, and what would be right; undefined: nothing */
export function actionFault(value: unknown): string | undefined {
  if (!isObject(value)) return 'an action is an object with id, verb and actor';
  const { id, verb, actor, answer, weight } = value;
  if (!isText(id, LONGEST_ID)) return `id is a text of 1 to ${LONGEST_ID} characters`;
  if (!(VERBS as readonly unknown[]).includes(verb)) return `${shown(verb)} is not an action; use ${VERBS.join(', ')}`;
  if (!isActor(actor)) return ACTOR;
  if (actor.statement !== undefined && !isText(actor.statement, LONGEST_STATEMENT)) return 'actor.statement is a text';
  if (actor.groups !== undefined && !isListOfTexts(actor.groups)) return 'actor.groups is a list of names';
  for (const [field, longest] of Object.entries(ACTION_TEXTS)) {
    if (value[field] !== undefined && value[field] !== null && !isShort(value[field], longest))
      return `${field} is a text of at most ${longest} characters`;
  }
  if (weight !== undefined && weight !== null && typeof weight !== 'number') return 'weight is a number';
  if (answer !== undefined && !isAnswer(answer)) return `${shown(answer)} is no answer; use ${ANSWERS.join(', ')}`;
  return undefined;
}

/** Of a request to stop a mirror. */
export function stopFault(value: unknown): string | undefined {
  if (!isObject(value) || !isActor(value.actor)) return ACTOR;
  const { reason } = value;
  if (reason !== undefined && reason !== null && !isShort(reason, LONGEST_TEXT))
    return `reason is a text of at most ${LONGEST_TEXT} characters`;
  return undefined;
}

/** @param target name and namespace of the plan that the rollout is about */
export function offerFault(value: unknown, target: { name: string; namespace: string }): string | undefined {
  if (!isObject(value)) return 'an offer is an object with id, event and plan';
  const { id, event, plan } = value;
  if (!isText(id, 2 * LONGEST_ID)) return `id is a text of 1 to ${2 * LONGEST_ID} characters`;
  if (!isObject(event) || typeof event.source !== 'string' || typeof event.deliveryId !== 'string')
    return 'event has a source and a deliveryId';
  if (!isObject(plan) || plan.name !== target.name || plan.namespace !== target.namespace)
    return `plan is the plan ${target.namespace}/${target.name}`;
  if (JSON.stringify(value).length > LARGEST_OFFER) return `it is larger than ${LARGEST_OFFER} characters`;
  return undefined;
}

/** Of news about a rollout. */
export function newsFault(value: unknown): string | undefined {
  const { at, againMs, notify, view, closed, object } = isObject(value) ? value : {};
  if (typeof at !== 'number' || typeof againMs !== 'number') return 'at and againMs are numbers';
  if (object !== undefined && !isGeneration(object)) return 'object has a generation';
  if (!Array.isArray(notify) || !Array.isArray(closed)) return 'notify and closed are lists';
  return isObject(view) && Array.isArray(view.questions) ? undefined : 'view is how a rollout stands';
}

/** Of a request to look at a rollout. */
export function lookFault(value: unknown): string | undefined {
  const { cluster, namespace, plan, notify = [], offered, object } = isObject(value) ? value : {};
  if (![cluster, namespace, plan].every((name) => isText(name, LONGEST_ID)))
    return 'cluster, namespace and plan are names';
  if (offered !== undefined && !isOffered(offered)) return 'offered has delivery, rollout and sentence';
  if (object !== undefined && !isGeneration(object)) return 'object has a generation';
  return Array.isArray(notify) && notify.every(isObject) ? undefined : 'notify is a list of sections';
}

/** Of a reason that was given afterwards. */
export function remarkFault(value: unknown): string | undefined {
  const { rollout, by, text } = isObject(value) ? value : {};
  if (!isText(rollout, 2 * LONGEST_ID) || !isText(by, LONGEST_ID)) return 'rollout and by are names';
  return isText(text, LONGEST_TEXT) ? undefined : `text is a text of 1 to ${LONGEST_TEXT} characters`;
}

/** What an emergency signal carries: a reason, or an id and a reason; whatever else it is says nothing. */
export function emergencyOf(value: unknown): { id?: string; reason?: string } {
  if (typeof value === 'string') return { reason: value.slice(0, LONGEST_TEXT) };
  if (!isObject(value)) return {};
  const { id, reason } = value;
  return {
    ...(isText(id, LONGEST_ID) && { id }),
    ...(typeof reason === 'string' && { reason: reason.slice(0, LONGEST_TEXT) }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isActor(value: unknown): value is Record<string, unknown> {
  return isObject(value) && isShort(value.name, LONGEST_ID) && isShort(value.channel, LONGEST_ID);
}

function isOffered(value: unknown): boolean {
  const { delivery, rollout, sentence } = isObject(value) ? value : {};
  return isText(delivery, LONGEST_TEXT) && isText(rollout, LONGEST_TEXT) && isText(sentence, LONGEST_TEXT);
}

function isGeneration(value: unknown): boolean {
  return isObject(value) && Number.isSafeInteger(value.generation);
}

function isShort(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest;
}

function isText(value: unknown, longest: number): value is string {
  return isShort(value, longest) && value.length > 0;
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 100 && value.every((text) => isShort(text, LONGEST_ID));
}

function shown(value: unknown): string {
  return String(value).slice(0, LONGEST_ID);
}
