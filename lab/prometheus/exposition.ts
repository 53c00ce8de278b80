/** Joins pages of the Prometheus text format (version 0.0.4). */

/** One pod's answer; `text` is undefined when it gave none. */
export interface PodPage {
  labels: Record<string, string>;
  text: string | undefined;
}

/**
 * One page out of many: every sample gets its pod's labels, every pod a sample `up` of 1 or 0, as if Prometheus had
 * scraped it itself. Comments are kept once, before the samples of their metric.
 */
export function joinPages(pages: readonly PodPage[]): string {
  const families = new Map<string, { comments: string[]; samples: string[] }>();
  const family = (name: string) => {
    const known = families.get(name) ?? { comments: [], samples: [] };
    families.set(name, known);
    return known;
  };
  for (const { labels, text } of pages) {
    const own = renderLabels(labels);
    family('up').samples.push(`up{${own}} ${text === undefined ? 0 : 1}`);
    let current = 'none yet';
    for (const line of text?.split('\n') ?? []) {
      const comment = /^# (?:TYPE|HELP) (\S+)/.exec(line);
      if (comment?.[1]) {
        current = comment[1];
        const { comments } = family(current);
        if (!comments.includes(line)) comments.push(line);
      } else if (line !== '' && !line.startsWith('#')) {
        // a histogram's samples carry a suffix
        const name = line.slice(0, line.search(/[{ ]|$/));
        family(name.startsWith(current) ? current : name).samples.push(addLabels(line, own));
      }
    }
  }
  return [...families.values()].flatMap(({ comments, samples }) => [...comments, ...samples, '']).join('\n');
}

/** `name{a="1"} 2` or `name 2`, with more labels in front. */
function addLabels(sample: string, labels: string): string {
  const at = sample.search(/[{ ]|$/);
  const name = sample.slice(0, at);
  if (sample[at] === ' ') return `${name}{${labels}}${sample.slice(at)}`;
  const rest = sample.slice(at + 1);
  return `${name}{${labels}${rest.startsWith('}') ? '' : ','}${rest}`;
}

function renderLabels(labels: Record<string, string>): string {
  const escaped = (value: string) => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}
