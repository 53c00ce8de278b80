/** The audit of one rollout as one page: escaped, no script, nothing from elsewhere; reads on a phone, and prints. Pure. */
import type { ToldRollout } from '../../audit/told.ts';
import { describeLimit, describeValue } from '../../contract/words.ts';
import { Html, html } from '../../notify/html.ts';
import { cleanDeep } from './text.ts';

const STYLE = `body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1f2933;background:#fff;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt,small{color:#52606d}dd{margin:0}ol{list-style:none;padding:0}
li{border-top:1px solid #cbd2d9;padding:.5rem 0;break-inside:avoid}li.person{border-left:4px solid #6b2fa0;padding-left:.6rem}p{margin:.15rem 0}
pre{white-space:pre-wrap;background:#f2f4f6;padding:.6rem}@media(max-width:30rem){dl{grid-template-columns:1fr}dt{margin-top:.4rem}}`;

export function auditPage(told: ToldRollout): string {
  const { workflow, image, plan, outcome, rollout = workflow, records } = cleanDeep(told);
  const facts = Object.entries({ Workflow: workflow, Image: image, Result: outcome?.reason, Audit: outcome?.head });
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${rollout}</title><style>${new Html(STYLE)}</style></head>
<body><h1>${rollout}: ${outcome?.kind ?? 'not ended yet'}</h1>
<dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value ?? 'none'}</dd>`)}</dl>
<h2>What happened</h2><ol>${records.map(item)}</ol>
<h2>Plan</h2><pre>${JSON.stringify(plan, null, 2)}</pre></body></html>`.source;
}

function item({ at, step, who, what, why, result, saw, writes = [], right }: ToldRollout['records'][number]): Html {
  const checks = (saw?.checks ?? []).map(
    (one) => `${one.name} ${describeValue(one)} (${describeLimit(one)}): ${one.verdict}`,
  );
  const lines = [
    why,
    result,
    ...checks,
    ...writes.map(
      ({ object, before, after }) => `${object}: ${JSON.stringify(before) ?? 'unknown'} → ${JSON.stringify(after)}`,
    ),
    right &&
      `allowed by ${JSON.stringify(right.grant)}, said by ${right.server} (${right.key}), sluice.yaml ${right.installation ?? 'none'}`,
  ];
  return html`<li class="${who === 'sluice' ? 'sluice' : 'person'}"><p><small>${at}${step ? ` · step ${step}` : ''} · ${who}</small></p>
<p><b>${what}</b></p>${lines.flatMap((line) => (line ? [html`<p>${line}</p>`] : []))}</li>`;
}
