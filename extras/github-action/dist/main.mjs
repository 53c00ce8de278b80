// Built from src by build.ts: change it there.
import { styleText } from "node:util";
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { appendFileSync } from "node:fs";
// ../../src/contract/view.ts
function isFinished({ state }) {
	return state === "ended" || state === "cleaning";
}
// ../../src/contract/intent.ts
function describeMatch(match) {
	return `users with ${match.map(({ header = {}, cookie = {} }) => {
		const headers = Object.entries(header).map(([name, value]) => `${name}: ${typeof value === "string" ? value : value.regex}`);
		const cookies = Object.entries(cookie).map(([name, value]) => `cookie ${name}=${value}`);
		return headers.length > 0 ? `header ${headers.join(" and ")}` : cookies.join(" and ");
	}).join(" or ")}`;
}
// ../../src/contract/question-words.ts
function effectsOf({ gate, answers, onAbort, onSilence }) {
	const given = gate ? { approve: `goes on to ${gate.name}` } : answers;
	return [
		...Object.entries(given),
		["abort", onAbort],
		["no answer", onSilence]
	];
}
function askedText({ reason, gate, acknowledged }) {
	return `${reason}${gate && gate.approved.length > 0 ? ` Approved by ${gate.approved.join(", ")}.` : ""}${gate?.notInitiator ? " Not by who delivered the version." : ""}${acknowledged ? ` (acknowledged by ${acknowledged.by})` : ""}`;
}
function shortId({ id }) {
	return id.slice(id.indexOf("/") + 1);
}
function targetOf({ namespace, plan, cluster }) {
	return `${namespace}/${plan}${cluster === "local" ? "" : ` --cluster ${cluster}`}`;
}
function answerCommands(where, name) {
	const { questions } = where;
	const target = targetOf(where);
	const commands = questions.flatMap((question) => commandsOf$1(question, target, quoted(name(question)), questions.length === 1));
	return questions.every(({ gate }) => gate) ? commands : [...commands, ["Abort", `sluice abort ${target} --reason TEXT`]];
}
function commandsOf$1({ gate, answers }, target, id, alone) {
	const commands = [];
	if (gate) commands.push(["Approve", `sluice approve ${target}`], ["Reject", `sluice reject ${target} --reason TEXT`]);
	if (alone && answers.retry) commands.push(["Retry", `sluice retry ${target}`]);
	const named = Object.keys(answers).filter((answer) => !alone || answer !== "retry");
	const one = named.length === 1 ? named[0] : "ANSWER";
	if (named.length > 0) commands.push(["Answer", `sluice answer ${target} ${id} ${one}`]);
	return commands;
}
function quoted(text) {
	return /^[\w./:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
// ../../src/contract/words.ts
function plural(count, noun) {
	return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
function sentenceCase(text) {
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
function shortImage(image) {
	if (!image) return "unknown image";
	const [name = "", digest] = image.split("@");
	const last = name.slice(name.lastIndexOf("/") + 1);
	const tag = last.includes(":") ? last.slice(last.indexOf(":") + 1) : void 0;
	const hash = digest?.replace(/^[a-z0-9]+:/, "").slice(0, 10);
	if (tag) return hash ? `${tag}@${hash}` : tag;
	return hash ? `@${hash}` : last;
}
function describeChange(view) {
	const { revision, previous } = view;
	if (!revision) return "";
	if (!previous) return shortImage(revision.image);
	if (previous.image === revision.image) return `${shortImage(revision.image)}, new configuration`;
	return `${shortImage(previous.image)} → ${shortImage(revision.image)}`;
}
function formatSpan(ms) {
	const seconds = Math.max(0, Math.round(ms / 1e3));
	const two = (value) => String(value).padStart(2, "0");
	if (seconds < 60) return `${seconds}s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
	if (seconds < 86400) return `${Math.floor(seconds / 3600)}h ${two(Math.floor(seconds / 60) % 60)}m`;
	return `${Math.floor(seconds / 86400)}d ${two(Math.floor(seconds / 3600) % 24)}h`;
}
function formatFigure(value, unit) {
	return `${roundFigure(value, unit)} ${unit}`.trimEnd();
}
function roundFigure(value, unit) {
	return unit === "ms" && Math.abs(value) >= 10 ? Math.round(value) : Math.round(value * 100) / 100;
}
function describeLimit(check) {
	return `${boundOf(check)} ${formatFigure(check.limit, check.unit)}`;
}
function boundOf({ unit, bound }) {
	return bound ?? (unit === "%" ? "min" : "max");
}
function describeValue(check) {
	return check.value === void 0 ? "no data" : formatFigure(check.value, check.unit);
}
const VERDICTS = {
	pass: "pass",
	fail: "FAIL",
	inconclusive: "unclear",
	noAnswer: "no data",
	canaryLost: "CANARY LOST",
	worse: "WORSE"
};
function verdictWord(verdict, podsOnly = false) {
	return `${VERDICTS[verdict]}${podsOnly ? ", pods only" : ""}`;
}
function stateWord(view) {
	const name = isFinished(view) && view.outcome ? view.outcome.kind : view.state;
	return name === "cleaning" ? "Cleaning up" : sentenceCase(name.replace("-", " "));
}
// ../../src/notify/facts.ts
const STEP_WORDS = {
	pending: "not reached",
	running: "under way",
	done: "done",
	skipped: "skipped",
	failed: "FAILED"
};
function factsOf(view, head) {
	const checks = (view.lastInterval?.checks ?? []).map((check) => ({
		name: check.name,
		value: describeValue(check),
		limit: describeLimit(check),
		verdict: verdictWord(check.verdict, check.podsOnly),
		requests: check.requests
	}));
	const actions = view.actions.map(({ at, verb, by, reason }) => `${at} ${verb} by ${by}${reason ? `: ${reason}` : ""}`);
	const problems = view.problems.map(({ where, problem, remedy }) => `${where}: ${problem}; ${remedy}`);
	const warnings = [...view.warnings, ...problems];
	const plain = (text) => ["", text];
	return {
		verdict: verdictSentence(view),
		tone: toneOf(view),
		asked: isFinished(view) ? [] : askedOf(view.questions),
		lines: [...linesOf(view), ...head ? [["Audit", head]] : []],
		links: Object.entries(view.links ?? {}),
		checks,
		actions,
		warnings,
		sections: [
			["Warnings", warnings.map(plain)],
			["Steps", view.steps.map(stepLine$1)],
			["Last interval", checks.map(({ name, value, limit, verdict, requests: n }) => [name, `${value} (${limit}) ${verdict}, ${n} requests`])],
			["Intervals", view.intervals.map(({ at, stage, verdict, podsOnly, sentence }) => {
				return [`${at} ${stage}`, `${verdictWord(verdict, podsOnly)}. ${sentence}`];
			})],
			["What people did", actions.map(plain)]
		],
		commands: commandsOf(view)
	};
}
function stepLine$1({ number, title, state, startedAt, endedAt, note }) {
	const took = startedAt && endedAt && state !== "skipped" && formatSpan(Date.parse(endedAt) - Date.parse(startedAt));
	return [`${number} ${title}`, [
		STEP_WORDS[state],
		took,
		note
	].filter(Boolean).join(", ")];
}
function verdictSentence(view) {
	const name = `${view.plan} ${describeChange(view)}`.trim();
	const newest = view.questions.at(-1);
	if (newest && !isFinished(view)) {
		const others = view.questions.length - 1;
		return `${name} needs you: ${newest.reason}${others > 0 ? ` (and ${plural(others, "more question")})` : ""}`;
	}
	const at = view.outcome ? `, decided at step ${view.outcome.step} of ${view.steps.length}` : "";
	return `${name}: ${stateWord(view).toLowerCase()}${at}. ${view.outcome?.reason ?? view.sentence}`;
}
function toneOf({ state, outcome }) {
	if (state === "needs-you") return "person";
	if (outcome?.kind === "promoted") return "good";
	return outcome?.kind === "failed" || outcome?.kind === "refused" ? "bad" : "neutral";
}
function askedOf(questions) {
	return questions.flatMap((question) => [["Asked", `${question.since}, ${question.id}: ${askedText(question)}`], ...effectsOf(question).map(([answer, effect]) => [sentenceCase(answer), effect])]);
}
function linesOf(view) {
	const { route, startedBy, failures, replicas, endedAt } = view;
	const seen = view.observedWeight === void 0 ? "no data" : formatFigure(view.observedWeight, "%");
	const observed = isFinished(view) ? "" : `, seen on the canary: ${seen}`;
	const mirror = route.mirror > 0 ? `, mirror ${route.mirror} %` : "";
	const match = route.match ? `, ${describeMatch(route.match)} on the canary` : "";
	const took = endedAt ? ` (${formatSpan(Date.parse(endedAt) - Date.parse(view.startedAt))})` : "";
	return [
		["Traffic", `primary ${route.primary} %, canary ${route.canary} %${match}${mirror}${observed}`],
		["Pods", `primary ${replicas.primary}, canary ${replicas.canary}`],
		["Started by", [startedBy.by, startedBy.source].filter(Boolean).join(" · ")],
		startedBy.reason ? ["Reason given", startedBy.reason] : void 0,
		["Time", `${view.startedAt}${endedAt ? ` to ${endedAt}` : ""}${took}`],
		["Failed intervals", `${failures.count} of ${failures.threshold}${failures.consecutive ? " in a row" : ""}`],
		view.comparison ? ["Canary and primary", view.comparison.sentence] : void 0,
		view.revision ? ["New revision", `${view.revision.image} (${view.revision.id})`] : void 0,
		view.previous ? ["Previous revision", `${view.previous.image} (${view.previous.id})`] : void 0,
		["Where", `${view.namespace}/${view.plan} on cluster ${view.cluster}`]
	].filter((line) => line !== void 0);
}
function commandsOf(view) {
	return isFinished(view) ? [`sluice audit ${targetOf(view)}`] : openCommands(view);
}
function openCommands(where) {
	const commands = where.questions.length > 0 ? answerCommands(where, ({ id }) => id) : [];
	return [`sluice get ${targetOf(where)}`, ...commands.map(([, command]) => command)];
}
// ../../src/plan/duration.ts
const DURATION_PATTERN = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?(?:(\d{1,9})ms)?$/;
const UNITS_MS = [
	36e5,
	6e4,
	1e3,
	1
];
function parseDuration(text) {
	const match = DURATION_PATTERN.exec(text);
	if (!match || text === "") return void 0;
	return UNITS_MS.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0);
}
// ../../src/cli/exit-codes.ts
const EXIT = {
	ok: 0,
	unexpected: 1,
	usage: 2,
	failed: 3,
	notAllowed: 4,
	notFound: 5,
	timeout: 6,
	superseded: 7,
	needsYou: 8,
	conflict: 9,
	unreachable: 10,
	aborted: 11,
	refused: 12,
	interrupted: 130
};
const OUTCOME_CODES = {
	promoted: EXIT.ok,
	unchanged: EXIT.ok,
	duplicate: EXIT.ok,
	failed: EXIT.failed,
	aborted: EXIT.aborted,
	repaired: EXIT.ok,
	superseded: EXIT.superseded,
	refused: EXIT.refused
};
function outcomeCode(outcome) {
	return outcome ? OUTCOME_CODES[outcome.kind] : EXIT.unexpected;
}
function offerCode(offer, hasWorker = true) {
	if (offer.status === "pending") return hasWorker ? EXIT.ok : EXIT.unreachable;
	if (offer.status !== "rejected") return EXIT.ok;
	return offer.problems?.length ? EXIT.refused : EXIT.conflict;
}
const EXIT_CODES = {
	0: {
		short: "promoted, done or nothing to do",
		full: "The asked-for outcome. Of a mirror: its time was over."
	},
	1: {
		short: "unexpected error",
		full: "A fault of Sluice, or a rollout that ended without an outcome."
	},
	2: {
		short: "usage error",
		full: "Arguments, options, or a plan or `sluice.yaml` with problems."
	},
	3: {
		short: "tests or checks failed",
		full: "Also readiness; users are on the previous revision. Of a mirror: its target is lost. Of `installation check`: an answer is of no use. Of `audit verify`: something was changed. Of `import`: something is changed, lost or refused."
	},
	4: {
		short: "not allowed",
		full: "Temporal, the cluster or a metric source says no."
	},
	5: {
		short: "not found",
		full: "No such file, rollout, mirror, Temporal namespace or worker build."
	},
	6: {
		short: "--timeout reached; it goes on",
		full: "The client's own --timeout; the rollout goes on."
	},
	7: {
		short: "superseded by a newer revision",
		full: "Another rollout took its place."
	},
	8: {
		short: "needs a person",
		full: "`reconcile` found something, or a watched rollout waits (only with --fail-fast)."
	},
	9: {
		short: "conflict or refused action",
		full: "The state is another one, or the action was refused; nothing was changed."
	},
	10: {
		short: "Temporal or worker unreachable",
		full: "Temporal (or a metric source) cannot be reached, or no worker answers. What was stored takes effect later."
	},
	11: {
		short: "aborted by a person",
		full: "Of a mirror: stopped by a person."
	},
	12: {
		short: "refused at preflight",
		full: "Refused before the first write. Of `audit verify`: other code decided. Of `adopt`: something forbids it, or pods would restart."
	},
	130: {
		short: "interrupted; it goes on",
		full: "Ctrl-C: only the watching stops."
	}
};
["Exit codes:", ...helpRows()].join("\n");
function helpRows() {
	const cells = Object.entries(EXIT_CODES).map(([code, { short }]) => `${code.padStart(3)} ${short}`);
	const half = cells.length / 2;
	return cells.slice(0, half).map((left, row) => `${left.padEnd(37)}${cells[half + row]}`);
}
// ../../src/cli/errors.ts
var CliError = class extends Error {
	code;
	hint;
	constructor(code, message, hint) {
		super(message);
		this.name = "CliError";
		this.code = code;
		this.hint = hint;
	}
};
// ../../src/contract/clean.ts
function clean(text) {
	return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").replace(/\p{Cf}/gu, "");
}
function cleanDeep(value) {
	if (typeof value === "string") return clean(value);
	if (Array.isArray(value)) return value.map(cleanDeep);
	if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, part]) => [clean(key), cleanDeep(part)]));
	return value;
}
// ../../src/cli/render/text.ts
const WIDE = /[\u1100-\u115f\u231a\u231b\u23e9-\u23ec\u270a\u270b\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{M}/u;
function widthOf(text) {
	let width = 0;
	for (const character of text) width += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
	return width;
}
function cut(text, width, mark = "…") {
	if (widthOf(text) <= width) return text;
	let kept = "";
	let used = 0;
	for (const character of text) {
		const next = widthOf(character);
		if (used + next + widthOf(mark) > width) break;
		kept += character;
		used += next;
	}
	return width >= widthOf(mark) ? kept + mark : "";
}
function column(text, width, mark = "…") {
	const fitted = cut(text, width, mark);
	return fitted + " ".repeat(Math.max(0, width - widthOf(fitted)));
}
function columnRight(text, width, mark = "…") {
	const fitted = cut(text, width, mark);
	return " ".repeat(Math.max(0, width - widthOf(fitted))) + fitted;
}
function wrap(text, width) {
	const lines = [];
	let line = "";
	for (const word of text.split(/ +/).flatMap((part) => chunks(part, width))) if (line !== "" && widthOf(line) + 1 + widthOf(word) > width) {
		lines.push(line);
		line = word;
	} else line = line === "" ? word : `${line} ${word}`;
	return [...lines, line];
}
function chunks(word, width) {
	const parts = [];
	let part = "";
	for (const character of word) {
		if (part !== "" && widthOf(part) + widthOf(character) > width) {
			parts.push(part);
			part = "";
		}
		part += character;
	}
	return [...parts, part];
}
// ../../src/cli/render/changes.ts
function changeLines(before, after, now) {
	const view = cleanDeep(after);
	return [
		...newIntervals(before, view),
		...newActions(before, view),
		...newWarnings(before, view, now),
		...moved(before, view, now),
		...waiting(before, view),
		...ended(before, view, now)
	];
}
function line(at, word, fields, bare = "") {
	return [
		new Date(at).toISOString().replace(/\.\d+Z$/, "Z"),
		word,
		bare,
		...Object.entries(fields).filter(([, value]) => value !== void 0).map(([key, value]) => `${key}=${quote(String(value))}`)
	].filter((part) => part !== "").join(" ");
}
function quote(value) {
	return /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
}
function newIntervals(before, view) {
	const known = before?.intervals.at(-1);
	const seen = view.intervals.findLastIndex(({ at, stage }) => at === known?.at && stage === known?.stage);
	const fresh = before ? view.intervals.slice(seen + 1) : [];
	return fresh.map((interval, index) => intervalLine(interval, view, index === fresh.length - 1));
}
function intervalLine(interval, view, last) {
	const numbers = last ? (view.lastInterval?.checks ?? []).map(({ name, value, unit }) => [name, value === void 0 ? "no-data" : roundFigure(value, unit)]) : [];
	const count = interval.verdict === "fail" ? `${view.failures.count}/${view.failures.threshold}` : void 0;
	return line(interval.at, "interval", {
		stage: interval.stage,
		verdict: interval.verdict,
		sees: interval.podsOnly ? "pods only" : void 0,
		...Object.fromEntries(numbers),
		failures: count,
		says: interval.sentence
	});
}
function newActions(before, view) {
	const known = new Map((before?.actions ?? []).map((action) => [action.id, action.by]));
	return view.actions.filter((action) => known.get(action.id) !== action.by).map(({ at, verb, by, reason, verified }) => line(at, "action", {
		verb,
		by,
		verified,
		reason
	}));
}
function newWarnings(before, view, now) {
	const known = new Set(before?.warnings);
	return view.warnings.filter((text) => !known.has(text)).map((text) => line(now, "warning", { says: text }));
}
function moved(before, view, now) {
	if (isFinished(view) || before && place(before) === place(view)) return [];
	const step = runningStep(view);
	const fields = {
		step: step?.number,
		weight: view.route.canary,
		mirror: view.route.mirror || void 0,
		seen: view.observedWeight,
		note: step?.note
	};
	const at = step?.startedAt && before && runningStep(before)?.number !== step.number ? step.startedAt : now;
	const { step: number, ...rest } = fields;
	return [line(at, view.state, rest, number === void 0 ? "" : `step=${number} ${step?.name}`)];
}
function place(view) {
	const step = runningStep(view);
	return JSON.stringify([
		view.state,
		step?.number,
		step?.note,
		view.route
	]);
}
function runningStep(view) {
	return view.steps.find((step) => step.state === "running");
}
function waiting(before, view) {
	const known = new Set(before?.questions.map(({ id }) => id));
	return view.questions.filter(({ id }) => !known.has(id)).map(({ id, since, reason, answers, onAbort, onSilence }) => {
		return line(since, "needs-you", {
			question: id,
			reason,
			...answers,
			abort: onAbort,
			silence: onSilence
		});
	});
}
function ended(before, view, now) {
	if (!isFinished(view) || before && isFinished(before)) return [];
	const { outcome, revision, route } = view;
	const fields = {
		outcome: outcome?.kind,
		step: outcome?.step,
		revision: revision?.id,
		weight: route.canary,
		reason: outcome?.reason
	};
	return [...view.problems.map(({ where, problem, remedy }) => line(now, "problem", {
		where,
		problem,
		remedy
	})), line(view.endedAt ?? now, "ended", fields)];
}
// ../../src/contract/badge.ts
const STATE_BADGES = {
	starting: {
		mark: "◌",
		style: "quiet"
	},
	running: {
		mark: "▶",
		style: "busy"
	},
	paused: {
		mark: "⏸",
		style: "warn"
	},
	"needs-you": {
		mark: "✋",
		style: "person"
	},
	"going-back": {
		mark: "↩",
		style: "warn"
	},
	cleaning: {
		mark: "⌫",
		style: "quiet"
	},
	ended: {
		mark: "⊘",
		style: "quiet"
	}
};
const OUTCOME_BADGES = {
	promoted: {
		mark: "✔",
		style: "good"
	},
	failed: {
		mark: "✖",
		style: "bad"
	},
	aborted: {
		mark: "⊘",
		style: "strong"
	},
	repaired: {
		mark: "✔",
		style: "good"
	},
	superseded: {
		mark: "⇥",
		style: "quiet"
	},
	unchanged: {
		mark: "≡",
		style: "quiet"
	},
	refused: {
		mark: "✖",
		style: "bad"
	},
	duplicate: {
		mark: "≡",
		style: "quiet"
	}
};
function stateBadge(view) {
	return isFinished(view) && view.outcome ? OUTCOME_BADGES[view.outcome.kind] : STATE_BADGES[view.state];
}
const STEP_BADGES = {
	pending: {
		mark: "·",
		style: "quiet"
	},
	running: {
		mark: "▶",
		style: "busy"
	},
	done: {
		mark: "✔",
		style: "good"
	},
	skipped: {
		mark: "–",
		style: "quiet"
	},
	failed: {
		mark: "✖",
		style: "bad"
	}
};
const VERDICT_BADGES = {
	pass: {
		mark: "✔",
		style: "good"
	},
	fail: {
		mark: "✖",
		style: "bad"
	},
	noAnswer: {
		mark: "?",
		style: "quiet"
	},
	inconclusive: {
		mark: "≈",
		style: "quiet"
	},
	canaryLost: {
		mark: "⚠",
		style: "bad"
	},
	worse: {
		mark: "✖",
		style: "bad"
	}
};
// ../../src/cli/render/look.ts
const STYLES = {
	good: "green",
	bad: ["red", "bold"],
	warn: "yellow",
	person: ["magenta", "bold"],
	busy: "cyan",
	quiet: "gray",
	strong: "bold"
};
function toLine(parts, look) {
	let room = look.width;
	let line = "";
	for (const [index, part] of parts.entries()) {
		const text = typeof part === "string" ? part : part[1];
		const rest = parts.slice(index + 1).some((later) => (typeof later === "string" ? later : later[1]).trim() !== "");
		const fitted = fitText(look.unicode ? text : toAscii(text), room, rest, look);
		room -= widthOf(fitted);
		line += typeof part === "string" || !look.color ? fitted : paint(part[0], fitted);
		if (room <= 0) break;
	}
	return line.trimEnd();
}
function fitText(text, room, rest, look) {
	const mark = look.unicode ? "…" : "~";
	return rest && widthOf(text) === room ? cut(`${text} `, room, mark) : cut(text, room, mark);
}
function paint(style, text) {
	return text === "" ? "" : styleText([...[STYLES[style]].flat()], text, { validateStream: false });
}
const ASCII = {
	"✔": "+",
	"▶": ">",
	"·": ".",
	"⊘": "o",
	"✖": "x",
	"–": "-",
	"◌": ".",
	"⏸": "=",
	"✋": "!",
	"↩": "<",
	"⇥": ">",
	"⚠": "!",
	"→": "->",
	"█": "#",
	"░": "-",
	"…": "~",
	"≡": "=",
	"≈": "~"
};
function toAscii(text) {
	return text.replace(/[^\p{ASCII}]/gu, (mark) => ASCII[mark] ?? "?");
}
// ../../src/cli/render/picture.ts
function span(since, until, now) {
	return (until ? Date.parse(until) : now.getTime()) - Date.parse(since);
}
function timeOfDay(iso) {
	const time = new Date(iso);
	return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(11, 19)}Z`;
}
// ../../src/cli/render/checks.ts
function checks(painter) {
	const { view, live, look } = painter;
	const interval = live.interval;
	const results = interval?.checks.length ? interval.checks : view.lastInterval?.checks ?? [];
	const lines = [];
	if (interval || view.lastInterval) {
		lines.push(toLine([
			"  ",
			["strong", "checks"],
			`  ${interval ? soFar(painter) : lastOne(painter)}`
		], look));
		lines.push(...results.map((check) => checkLine(check, painter)));
	}
	lines.push(intervalsLine(painter));
	return lines;
}
function soFar({ live, view }) {
	const interval = live.interval;
	if (!interval) return "";
	const numbers = interval.checks.length > 0 || !view.lastInterval ? "so far" : "numbers of the interval before";
	return `${`${formatSpan(interval.elapsedMs)} of ${formatSpan(interval.durationMs)}`}, ${numbers} · ${whatWasSeen(interval)}`;
}
function lastOne({ view }) {
	const last = view.lastInterval;
	return last ? `interval that ended ${timeOfDay(last.to)} · ${whatWasSeen(last)}` : "";
}
function whatWasSeen({ checks, requests, canaryReady }) {
	return `${checks.some(({ podsOnly }) => podsOnly) ? "requests not looked at" : `${requests} requests`}, ${canaryReady} canary pods ready`;
}
function checkLine(check, { look }) {
	const style = VERDICT_BADGES[check.verdict].style;
	return toLine([
		`    ${column(check.name, 18, look.unicode ? "…" : "~")}`,
		check.value === void 0 ? ["quiet", column("no data", 12)] : column(describeValue(check), 12),
		column(describeLimit(check), 14),
		[style, column(verdictWord(check.verdict), 9)],
		["quiet", check.podsOnly ? "pods only" : `n=${check.requests}`]
	], look);
}
function intervalsLine({ view, look }) {
	const { count, threshold } = view.failures;
	const failed = `${count} of ${threshold} failed${view.failures.consecutive ? " in a row" : ""}`;
	const parts = [
		"  ",
		["strong", "intervals"],
		"  ",
		count > 0 ? ["warn", failed] : ["quiet", failed]
	];
	let stage;
	for (const interval of view.intervals) {
		if (interval.stage !== stage) parts.push(`  ${interval.stage} `);
		stage = interval.stage;
		const badge = VERDICT_BADGES[interval.verdict];
		parts.push([badge.style, badge.mark]);
	}
	if (view.intervals.some(({ podsOnly }) => podsOnly)) parts.push("  ", ["quiet", "pods only"]);
	return toLine(parts, look);
}
// ../../src/cli/render/comparison.ts
const LEVELS = {
	unicode: "▁▂▃▄▅▆▇█",
	ascii: ".:-=+*#@"
};
const LABEL = 12;
function comparison(painter) {
	const { view, live, look } = painter;
	const standing = live.interval?.comparison ?? view.comparison;
	if (!standing) return [];
	const points = (view.comparison?.points ?? []).filter((point, _, all) => point.stage === all.at(-1)?.stage);
	const lines = wrap(standing.sentence, look.width - LABEL - 2).map((line) => toLine([" ".repeat(LABEL), line], look));
	return [
		toLine([
			"  ",
			["strong", "compared"],
			`  ${said(standing)}`
		], look),
		...lines,
		bar("worse", standing.lnAbort / standing.lnAbortAt, points, ({ lnAbort }) => lnAbort / standing.lnAbortAt, painter),
		...standing.frozen ? [] : [bar("healthy", standing.lnPass / standing.lnPassAt, points, ({ lnPass }) => lnPass / standing.lnPassAt, painter)]
	];
}
function said({ verdict, frozen }) {
	if (frozen) return "limits alone decide at this weight";
	if (verdict === "abort") return "the canary is worse";
	return verdict === "pass" ? "proven healthy" : "not decided";
}
function bar(name, now, points, share, { look }) {
	const levels = look.unicode ? LEVELS.unicode : LEVELS.ascii;
	const marks = points.slice(-24).map((point) => levels[Math.floor(clamped(share(point)) * (levels.length - 1))] ?? "");
	const style = name === "worse" ? "bad" : "good";
	const percent = `${Math.floor(100 * clamped(now))} % of a proof`;
	return toLine([
		`    ${name.padEnd(8)}`,
		[style, marks.join("")],
		marks.length > 0 ? "  " : "",
		["quiet", percent]
	], look);
}
function clamped(share) {
	return Math.min(1, Math.max(0, share));
}
// ../../src/cli/render/footer.ts
function footer(painter) {
	return [...[
		...problems(painter),
		...warnings(painter),
		...actions(painter),
		...queued(painter),
		...cleaning(painter)
	], ...commands(painter)];
}
function problems({ view, look }) {
	return view.problems.flatMap(({ where, problem, remedy }) => wrap(`✖ ${where}: ${problem} What would be right: ${remedy}`, look.width - 2).map((line) => toLine(["  ", ["bad", line]], look)));
}
function warnings({ view, look }) {
	return view.warnings.flatMap((text) => wrap(`⚠ ${text}`, look.width - 2).map((line) => toLine(["  ", ["warn", line]], look)));
}
function actions({ view, look }) {
	return view.actions.slice(-3).map(({ at, verb, by, reason }) => {
		return toLine([
			"  ",
			["quiet", `${timeOfDay(at)} `],
			`${verb} by ${by}${reason ? `: ${reason}` : ""}`
		], look);
	});
}
function queued({ view, look }) {
	if (!view.queued) return [];
	const { image, delivery, more } = view.queued;
	return [toLine(["  ", `next in line: ${image ?? "a new configuration"} (${delivery})${more ? ` and ${more} more` : ""}`], look)];
}
function cleaning({ view, look }) {
	if (!view.cleaningUntil) return [];
	return [toLine(["  ", ["quiet", `cookies of this rollout are taken away until ${timeOfDay(view.cleaningUntil)}, or until a newer event comes`]], look)];
}
function commands({ view, look, watching }) {
	const parts = nextCommands(view).map(([label, command]) => [`${label}: `, ["strong", command]]);
	const hint = watching && !isFinished(view) ? [["quiet", "Ctrl-C stops the watching, not the rollout."]] : [];
	const [first = [], ...others] = [...parts, hint].filter((part) => part.length > 0);
	return [toLine(first, look), ...others.map((part) => toLine(part, look))].filter((line) => line !== "");
}
function nextCommands(view) {
	const where = targetOf(view);
	const resume = ["Resume", `sluice resume ${where}`];
	const abort = ["Abort", `sluice abort ${where} --reason TEXT`];
	switch (view.state) {
		case "starting":
		case "running":
			if (view.closed) return [["Go on now", `sluice approve ${where}`], abort];
			return [["Pause", `sluice pause ${where}`], abort];
		case "paused": return [resume, abort];
		case "needs-you": return [...answerCommands(view, shortId), ...view.paused ? [resume] : []];
		case "going-back": return [];
		case "cleaning":
		case "ended": return [["What happened", `sluice audit ${where}`]];
	}
}
// ../../src/cli/render/header.ts
function header(painter) {
	const { view, look, now } = painter;
	const badge = stateBadge(view);
	const change = describeChange(view);
	const title = [
		[badge.style, `${badge.mark} ${stateWord(view).toUpperCase()}`],
		"  ",
		["strong", `${view.namespace}/${view.plan}`],
		change ? `  ${change}` : "",
		["quiet", `  ${formatSpan(span(view.startedAt, view.endedAt, now))}`],
		["quiet", view.rollout ? `  ${view.rollout}` : ""]
	];
	const why = view.outcome?.reason;
	const sentence = why && !view.sentence.includes(why) ? `${view.sentence} ${why}` : view.sentence;
	return [
		...workerBanner(painter),
		toLine(title, look),
		...paragraph(sentence, painter),
		toLine([["quiet", startedBy(painter)]], look),
		...person(painter)
	];
}
function workerBanner({ workers, view, look }) {
	if (workers !== "none" || isFinished(view)) return [];
	return wrap(`⚠ No Sluice worker is polling. Traffic stays at ${view.route.canary} % on the canary. Nothing is lost; it goes on by itself when a worker is back.`, look.width).map((line) => toLine([["bad", line]], look));
}
function paragraph(text, { look }) {
	return text.trim() === "" ? [] : wrap(text, look.width).map((line) => toLine([line], look));
}
function startedBy({ view }) {
	const { source, by, reason } = view.startedBy;
	const cluster = view.cluster === "local" ? "" : ` on cluster ${view.cluster}`;
	return `started ${timeOfDay(view.startedAt)}${cluster} by ${by ? `${by} · ` : ""}${source}${reason ? `: ${reason}` : ""}`;
}
function person(painter) {
	return [...pause(painter), ...painter.view.questions.flatMap((question) => asked(question, painter))];
}
function pause({ view, look, now }) {
	if (!view.paused || !["paused", "needs-you"].includes(view.state)) return [];
	const { by, reason, since } = view.paused;
	return [toLine([["warn", `paused by ${by} for ${formatSpan(span(since, void 0, now))}${reason ? `: ${reason}` : ""}`]], look)];
}
function asked(question, { view, look, now }) {
	const name = view.questions.length > 1 ? ` (${shortId(question)})` : "";
	return [...wrap(`needs you for ${formatSpan(span(question.since, void 0, now))}${name}: ${askedText(question)}`, look.width).map((line) => toLine([["person", line]], look)), ...effectsOf(question).flatMap(([answer, effect]) => hanging(`  ${answer.padEnd(11)}`, effect, look.width)).map((line) => toLine([line], look))];
}
function hanging(label, text, width) {
	return wrap(text, width - label.length).map((line, index) => (index === 0 ? label : " ".repeat(label.length)) + line);
}
// ../../src/cli/render/steps.ts
const TITLE = 34;
const TIME = 8;
const NOTE_COLUMN = 51;
const MOST_WAITING_LINES = 3;
function steps(painter, rows = Number.POSITIVE_INFINITY) {
	const all = painter.view.steps;
	const more = waitingLines(painter);
	const [first, last] = shownRange(all, rows - more.length);
	return [
		...fold(all.slice(0, first), painter.look),
		...all.slice(first, last + 1).flatMap((step) => [stepLine(step, painter), ...step.state === "running" ? more : []]),
		...fold(all.slice(last + 1), painter.look)
	];
}
function shownRange(all, rows) {
	let first = currentIndex(all);
	let last = first;
	const used = () => last - first + 1 + (first > 0 ? 1 : 0) + (last < all.length - 1 ? 1 : 0);
	for (;;) {
		const before = [first, last];
		if (first > 0) first -= 1;
		if (used() > rows) first = before[0];
		const widened = last;
		if (last < all.length - 1) last += 1;
		if (used() > rows) last = widened;
		if (first === before[0] && last === before[1]) return [first, last];
	}
}
function currentIndex(all) {
	const running = all.findIndex((step) => step.state === "running");
	if (running >= 0) return running;
	const last = (state) => all.findLastIndex((step) => step.state === state);
	return Math.max(0, last("failed") >= 0 ? last("failed") : last("done"));
}
function fold(folded, look) {
	const [first] = folded;
	if (!first) return [];
	const counts = [
		"failed",
		"done",
		"skipped",
		"pending"
	].map((state) => ({
		state,
		count: folded.filter((step) => step.state === state).length
	})).filter(({ count }) => count > 0);
	const badge = STEP_BADGES[counts[0]?.state ?? "pending"];
	const numbers = folded.length === 1 ? `${first.number}` : `${first.number}–${folded.at(-1)?.number}`;
	const words = counts.map(({ state, count }) => `${count} ${state === "pending" ? "to come" : state}`).join(", ");
	const names = folded.map((step) => step.name).join(" · ");
	return [toLine([
		"  ",
		[badge.style, badge.mark],
		` ${column(numbers, 6)}${words}: `,
		["quiet", names]
	], look)];
}
function stepLine(step, painter) {
	const { look, now } = painter;
	const badge = badgeOf(step, painter);
	const time = step.startedAt && step.state !== "skipped" ? formatSpan(span(step.startedAt, step.endedAt, now)) : "";
	const quiet = step.state === "pending" || step.state === "skipped";
	const text = `${columnRight(String(step.number), 3)} ${column(step.title, TITLE, look.unicode ? "…" : "~")}`;
	return toLine([
		"  ",
		[badge.style, badge.mark],
		quiet ? ["quiet", text] : step.state === "running" ? ["strong", text] : text,
		["quiet", `${columnRight(time, TIME)}  `],
		note(step, painter)
	], look);
}
function badgeOf(step, { view }) {
	return (view.state === "paused" || view.state === "needs-you") && step.state === "running" ? {
		mark: "⏸",
		style: "warn"
	} : STEP_BADGES[step.state];
}
function note(step, { view, live, look }) {
	const said = step.note ?? "";
	if (step.state === "skipped") return said ? `skipped: ${said}` : "skipped";
	if (step.state === "failed") return said ? `failed: ${said}` : "failed";
	if (step.state !== "running") return said;
	if (step.name === "shift") return shiftNote(view.weights, view.route.canary);
	return live.waiting && live.waiting.length <= noteWidth(look) ? live.waiting : said;
}
function waitingLines({ view, live, look }) {
	const running = view.steps.find((step) => step.state === "running");
	if (!running || !live.waiting || running.name !== "shift" && live.waiting.length <= noteWidth(look)) return [];
	const indent = " ".repeat(8);
	return wrap(live.waiting, look.width - indent.length).slice(0, MOST_WAITING_LINES).map((line) => toLine([indent, ["warn", line]], look));
}
function noteWidth({ width }) {
	return width - NOTE_COLUMN;
}
function shiftNote(weights, now) {
	return weights.map((weight) => `${weight} ${weight < now ? "✔" : weight === now ? "▶" : "·"}`).join(" ");
}
// ../../src/cli/render/traffic.ts
const CELLS = 32;
function traffic(painter) {
	const { view, look } = painter;
	const { primary, canary } = view.route;
	const filled = primary === 0 ? 0 : primary === 100 ? CELLS : clamp(Math.round(primary / 100 * CELLS), 1, 31);
	return [
		toLine([
			`  primary ${columnRight(String(primary), 3)} % `,
			["busy", "█".repeat(filled)],
			["warn", "░".repeat(CELLS - filled)],
			` ${columnRight(String(canary), 3)} % canary`
		], look),
		toLine(["  ", ...numbers(painter)], look),
		...match(painter),
		...mirror(painter)
	];
}
function match({ view, look }) {
	const { match } = view.route;
	return match ? [toLine(["  ", ["busy", `on the canary: ${describeMatch(match)}`]], look)] : [];
}
function numbers({ view, live }) {
	const seen = live.interval?.observedWeight ?? view.observedWeight;
	const canary = live.interval?.canaryReady ?? view.replicas.canary;
	const pods = view.rollout ? `pods: primary ${view.replicas.primary}, canary ${canary}` : "pods: not counted yet";
	if (isFinished(view)) return [["quiet", pods]];
	return [
		`asked ${view.route.canary} % on the canary, seen `,
		seen === void 0 ? ["quiet", "no data"] : formatFigure(seen, "%"),
		`   ${pods}`
	];
}
function mirror({ view, look }) {
	const share = view.route.mirror;
	if (share === 0 && !view.mirror) return [];
	const passed = view.mirror ? `${view.mirror.passed} of ${view.mirror.iterations} intervals passed` : "";
	const text = share > 0 ? `mirror ${share} %: copies only, users feel nothing${passed && `; ${passed}`}` : `mirror off${passed && `; ${passed}`}`;
	return [toLine(["  ", share > 0 ? ["busy", text] : ["quiet", text]], look)];
}
function clamp(value, min, max) {
	return Math.min(max, Math.max(min, value));
}
// ../../src/cli/render/index.ts
const FEWEST_STEPS = 3;
const LAST_LINES = 5;
function renderRollout(picture, look) {
	const painter = {
		...picture,
		view: cleanDeep(picture.view),
		live: cleanDeep(picture.live),
		look
	};
	const top = header(painter);
	const below = [
		traffic(painter),
		checks(painter),
		comparison(painter),
		footer(painter)
	].filter(({ length }) => length > 0);
	const height = look.height ?? Number.POSITIVE_INFINITY;
	const fixed = top.length + below.reduce((sum, block) => sum + block.length, 0);
	const gaps = 1 + below.length;
	const loose = height - fixed - gaps >= FEWEST_STEPS;
	const lines = [
		top,
		steps(painter, Math.max(FEWEST_STEPS, height - fixed - (loose ? gaps : 0))),
		...below
	].flatMap((block, index) => loose && index > 0 ? ["", ...block] : block);
	if (lines.length <= height) return lines;
	const last = Math.min(LAST_LINES, height);
	return [...lines.slice(0, height - last), ...lines.slice(-last)];
}
// ../../src/cli/render/offer.ts
const SENTENCES = {
	started: "started",
	unchanged: "nothing to do",
	rejected: "refused",
	duplicate: "taken before",
	pending: "stored; the answer is still to come"
};
function offerLines(offer, hasWorker = true) {
	const { plan, namespace, status, rollout, reason, problems } = offer;
	const name = status === "started" && rollout ? rollout : `${namespace}/${plan}`;
	const sentence = hasWorker ? sentenceOf(offer) : "stored, but no worker is polling. Nothing is lost: it starts when one is";
	const details = (problems ?? []).map(({ where, problem, remedy }) => `  ${where}: ${problem}; ${remedy}`);
	return [`${name}: ${sentence}${reason && details.length === 0 ? `: ${reason}` : ""}`, ...details];
}
function sentenceOf({ status, running = "what runs" }) {
	if (status === "superseding") return `takes the place of ${running}`;
	return status === "queued" ? `waits behind ${running}` : SENTENCES[status];
}
// ../../src/cli/server/ask-server.ts
const STATUS_CODES = {
	401: EXIT.notAllowed,
	403: EXIT.notAllowed,
	404: EXIT.notFound,
	409: EXIT.conflict,
	422: EXIT.usage
};
function rolloutPath(cluster, { namespace, name }) {
	return `/rollouts/${[
		cluster,
		namespace,
		name
	].map(encodeURIComponent).join("/")}`;
}
// ../../src/cli/terminal/interruptible.ts
async function interruptible(work) {
	const stop = new AbortController();
	const onSignal = () => stop.abort();
	process.once("SIGINT", onSignal);
	process.once("SIGTERM", onSignal);
	try {
		return await work(stop.signal);
	} finally {
		process.off("SIGINT", onSignal);
		process.off("SIGTERM", onSignal);
	}
}
// src/ask.ts
const TIMEOUT_MS = 2e4;
const FIRST_PAUSE_MS = 1e3;
const LONGEST_PAUSE_MS = 6e4;
async function ask(asked) {
	const { url, tries = 6, signal } = asked;
	for (let attempt = 1;; attempt += 1) {
		const response = await send$1(asked).catch((error) => error);
		if (response instanceof CliError) throw response;
		if ("ok" in response && response.ok) return await response.json();
		if (attempt >= tries || !isPassing(response)) throw await refusal(response, url);
		await setTimeout(pauseOf(response, attempt), void 0, { signal });
	}
}
async function send$1({ url, body, headers, token, signal }) {
	const over = AbortSignal.timeout(TIMEOUT_MS);
	const json = {
		accept: "application/json",
		"content-type": "application/json"
	};
	return fetch(url, {
		...body && {
			method: "POST",
			body: JSON.stringify(body)
		},
		headers: {
			...json,
			"user-agent": "sluice-github-action",
			...headers,
			authorization: `Bearer ${await token()}`
		},
		redirect: "error",
		signal: signal ? AbortSignal.any([signal, over]) : over
	});
}
function isPassing(response) {
	if (response instanceof Error) return true;
	const { status, headers } = response;
	return status >= 500 || status === 429 || status === 403 && headers.has("retry-after");
}
function pauseOf(response, attempt) {
	const said = response instanceof Error ? "" : response.headers.get("retry-after") ?? "";
	const saidMs = /^\d+$/.test(said) ? Number(said) * 1e3 : Date.parse(said) - Date.now();
	const own = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (.75 + Math.random() / 2);
	return Math.min(LONGEST_PAUSE_MS, Math.max(0, Number.isNaN(saidMs) ? own : saidMs));
}
async function refusal(response, url) {
	const { origin } = new URL(url);
	if (response instanceof Error) {
		const why = response.cause?.code ?? response.message;
		return new CliError(EXIT.unreachable, `${origin} does not answer (${why})`);
	}
	const { title, message, error, remedy = error?.remedy } = await response.json().catch(() => ({}));
	const said = title ?? error?.message ?? message ?? `it answers ${response.status}`;
	const problems = (error?.problems ?? []).map((one) => `; ${one.path}: ${one.message}; ${one.remedy}`);
	return new CliError(STATUS_CODES[response.status] ?? EXIT.unreachable, `${origin}: ${said}${problems.join("")}`, remedy);
}
// src/deployment.ts
const STATES = {
	[EXIT.ok]: "success",
	[EXIT.failed]: "failure",
	[EXIT.aborted]: "failure",
	[EXIT.refused]: "failure",
	[EXIT.conflict]: "failure",
	[EXIT.superseded]: "inactive",
	[EXIT.needsYou]: "in_progress",
	[EXIT.timeout]: "in_progress",
	[EXIT.interrupted]: "in_progress"
};
const VERSION = { "x-github-api-version": "2022-11-28" };
const LONGEST_DESCRIPTION = 140;
var GithubDeployment = class GithubDeployment {
	#runner;
	#statuses;
	#token;
	constructor(runner, deployments, id, token) {
		this.#runner = runner;
		this.#statuses = `${deployments}/${id}/statuses`;
		this.#token = token;
	}
	static async begin(runner, inputs) {
		const { environment, "github-token": token = "" } = inputs;
		const { GITHUB_API_URL: api, GITHUB_REPOSITORY: repository, GITHUB_SHA: ref } = runner.env;
		if (!environment && !inputs["deployment-id"]) return void 0;
		const deployments = `${api}/repos/${repository}/deployments`;
		let id = inputs["deployment-id"];
		if (!id) {
			const made = await ask({
				url: deployments,
				body: {
					ref,
					environment,
					auto_merge: false,
					required_contexts: []
				},
				headers: VERSION,
				token: () => token
			});
			id = String(made.id);
		}
		const deployment = new GithubDeployment(runner, deployments, id, token);
		await deployment.#set("in_progress", "The rollout is under way.", 6);
		return deployment;
	}
	async end(code, sentence, tries) {
		await this.#set(STATES[code] ?? "error", sentence, tries).catch((error) => this.#runner.annotate("warning", `the status of the deployment is not set: ${error.message}`));
	}
	async #set(state, sentence, tries) {
		const { GITHUB_SERVER_URL: web, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = this.#runner.env;
		const body = {
			state,
			description: [...sentence].slice(0, LONGEST_DESCRIPTION).join(""),
			log_url: `${web}/${repository}/actions/runs/${run}`
		};
		await ask({
			url: this.#statuses,
			body,
			headers: VERSION,
			token: () => this.#token,
			tries
		});
	}
};
// src/follow.ts
const LONGEST_ABSENCE = 3;
async function follow(terms) {
	const { offer, signal, intervalMs } = terms;
	const { status, reason = "" } = offer;
	if (status === "rejected") return {
		code: offerCode(offer),
		outcome: status,
		reason,
		weights: []
	};
	if (status === "unchanged" && !offer.rollout) return {
		code: EXIT.ok,
		outcome: status,
		reason,
		weights: []
	};
	const watch = new Watch(terms);
	for (;;) {
		const end = await watch.step().catch((error) => {
			if (!signal.aborted) throw error;
		});
		if (end) return watch.told(end);
		if (signal.aborted) return watch.told(stopped(signal));
		await setTimeout(intervalMs, void 0, { signal }).catch(() => void 0);
	}
}
function stopped({ reason }) {
	if (!(reason?.name === "TimeoutError")) return {
		code: EXIT.interrupted,
		outcome: "interrupted",
		reason: "Stopped watching. The rollout goes on."
	};
	return {
		code: EXIT.timeout,
		outcome: "timeout",
		reason: "timeout is over. Only the watching stops; the rollout goes on."
	};
}
var Watch = class {
	#terms;
	#weights = [];
	#named;
	#view;
	#trouble;
	#absent = 0;
	constructor(terms) {
		this.#terms = terms;
		this.#named = terms.offer.rollout;
	}
	told(end) {
		const rollout = this.#view?.rollout ?? this.#named;
		return {
			...end,
			rollout,
			view: this.#view,
			weights: this.#weights
		};
	}
	async step() {
		const view = await this.#look();
		if (typeof view === "string") return this.#report(view);
		if (this.#isPast(view)) return this.#ending(view);
		if (!this.#isOurs(view)) return this.#wait(view);
		this.#show(view);
		if (view.outcome && isFinished(view)) return endOf$1(view.outcome);
		if (view.state !== "needs-you" || !this.#terms.failFast) return void 0;
		return {
			code: EXIT.needsYou,
			outcome: "needs-you",
			reason: view.needsYou?.reason ?? view.sentence
		};
	}
	async #look() {
		try {
			return await this.#terms.look("");
		} catch (error) {
			if (!(error instanceof CliError)) throw error;
			if (error.code === EXIT.unreachable) return error.message;
			if (error.code === EXIT.notFound && !this.#view) return "the rollout has not begun";
			throw error;
		}
	}
	#isOurs(view) {
		return this.#named !== void 0 && view.rollout === this.#named || view.startedBy.delivery === this.#terms.delivery;
	}
	#isPast(view) {
		const ours = this.#view?.rollout ?? this.#named;
		return ours !== void 0 && numberOf(view.rollout) > numberOf(ours);
	}
	#wait(view) {
		const isAway = view.queued === void 0 && this.#terms.offer.status !== "pending";
		this.#absent = isAway ? this.#absent + 1 : 0;
		this.#report(`${view.rollout ?? "another rollout"} goes first: ${view.sentence}`);
		if (this.#absent < LONGEST_ABSENCE) return void 0;
		const reason = `neither it nor anything else waits behind ${view.rollout}: it ended between two looks, or a newer one took its place`;
		return {
			code: EXIT.superseded,
			outcome: "superseded",
			reason
		};
	}
	async #ending(next) {
		const ours = numberOf(this.#view?.rollout ?? this.#named);
		const { told } = await this.#terms.look(`/audit?rollout=${ours}`).catch(() => ({ told: {} }));
		if (told.outcome) return endOf$1(told.outcome);
		return {
			code: EXIT.superseded,
			outcome: "superseded",
			reason: `${next.rollout} has taken its place`
		};
	}
	#show(view) {
		const now = new Date();
		for (const line of changeLines(this.#view, view, now)) this.#terms.say(line);
		const { canary: weight } = view.route;
		if (this.#weights.at(-1)?.weight !== weight) this.#weights.push({
			at: now.getTime(),
			weight
		});
		this.#view = view;
		this.#trouble = void 0;
	}
	#report(trouble) {
		if (trouble !== this.#trouble) this.#terms.say(`${trouble}; nothing is lost, the watching goes on`);
		this.#trouble = trouble;
	}
};
function endOf$1(outcome) {
	return {
		code: outcomeCode(outcome),
		outcome: outcome.kind,
		reason: outcome.reason
	};
}
function numberOf(rollout = "") {
	return Number(rollout.slice(rollout.lastIndexOf("-") + 1));
}
const FORMS = {
	server: [/^(https:\/\/[^\s?#]+|http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\/?)$/, "an https:// address, for example https://sluice.example.com"],
	sender: [/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "the name of a sender of the installation, for example actions"],
	image: [/^\S+(:[\w.-]+|@sha256:[0-9a-f]{64})$/, "an image with a tag or digest, for example ghcr.io/acme/reviews:v2"],
	plan: [/^[a-z0-9-]+\/[a-z0-9.-]+$/, "a plan as namespace/name, for example demo/reviews"],
	reason: [/^[^\r\n]{1,1000}$/, "one line of at most 1000 characters"],
	audience: [/^\S{1,200}$/, "the audience that the sender of the installation has, for example sluice"],
	token: [/^[\w.-]+$/, "an API token, as sluice token create shows it"],
	cluster: [/^[^\s/*]+$/, "the name of a cluster, for example local"],
	interval: [/^[\dhms]+$/, "a duration from 1s to 5m, for example 5s"],
	timeout: [/^[\dhms]+$/, "a duration, for example 50m"],
	"fail-fast": [/^(true|false)$/, "true or false"],
	environment: [/^[^\r\n]{1,255}$/, "the name of an environment, for example production"],
	"deployment-id": [/^\d{1,20}$/, "the id of a GitHub Deployment, a number"],
	"github-token": [/^\S+$/, "a token of GitHub"]
};
const NEEDED = ["server", "sender"];
const DEFAULTS = {
	audience: "sluice",
	cluster: "local",
	interval: "5s",
	"fail-fast": "false"
};
function readInputs(env) {
	const given = Object.keys(FORMS).map((name) => [name, env[`INPUT_${name.toUpperCase()}`]?.trim() || DEFAULTS[name]]);
	const read = Object.fromEntries(given);
	const faults = given.flatMap(([name, value]) => faultOf(name, value));
	const { server = "", sender = "", audience = "", cluster = "", interval = "", timeout } = read;
	const intervalMs = parseDuration(interval) ?? 0;
	const timeoutMs = timeout === void 0 ? void 0 : parseDuration(timeout);
	if (intervalMs < 1e3 || intervalMs > 3e5) faults.push(wrong("interval"));
	if (timeout !== void 0 && !timeoutMs) faults.push(wrong("timeout"));
	if (!read.image && !read.plan) faults.push(`input image is missing: write ${FORMS.image[1]}, or input plan`);
	if ((read.environment || read["deployment-id"]) && !read["github-token"]) faults.push(`input github-token is missing: a deployment is asked for, so write ${FORMS["github-token"][1]}`);
	if (faults.length > 0) throw new CliError(EXIT.usage, [...new Set(faults)].join("\n"));
	const failFast = read["fail-fast"] === "true";
	return {
		...read,
		server: server.replace(/\/$/, ""),
		sender,
		audience,
		cluster,
		intervalMs,
		timeoutMs,
		failFast
	};
}
function faultOf(name, value) {
	if (value === void 0) return NEEDED.includes(name) ? [`input ${name} is missing: write ${FORMS[name][1]}`] : [];
	return FORMS[name][0].test(value) ? [] : [wrong(name)];
}
function wrong(name) {
	return `input ${name} is not what it must be: write ${FORMS[name][1]}`;
}
// src/job-tokens.ts
const SPARE_MS = 6e4;
var JobTokens = class {
	#runner;
	#audience;
	#token = "";
	#until = 0;
	constructor(runner, audience) {
		this.#runner = runner;
		this.#audience = audience;
	}
	async take() {
		if (Date.now() < this.#until) return this.#token;
		const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: proof } = this.#runner.env;
		if (!url || !proof) throw new CliError(EXIT.notAllowed, "the job may not ask GitHub for a token of its own", "write permissions: { id-token: write } in the job; jobs of pull requests from forks have none");
		const asked = new URL(url);
		asked.searchParams.set("audience", this.#audience);
		const { value } = await ask({
			url: asked.href,
			token: () => proof
		});
		this.#runner.mask(value);
		this.#token = value;
		this.#until = endOf(value) - SPARE_MS;
		return value;
	}
};
function endOf(token) {
	try {
		return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).exp * 1e3;
	} catch {
		return 0;
	}
}
// src/chart.ts
const POINTS = 40;
function weightChart(weights, end) {
	const [first] = weights;
	if (!first || weights.length < 2) return [];
	const length = Math.max(end, weights.at(-1)?.at ?? end) - first.at;
	const values = Array.from({ length: 41 }, (_, index) => {
		const at = first.at + length * index / POINTS;
		return weights.findLast((point) => point.at <= at)?.weight ?? first.weight;
	});
	return [
		"```mermaid",
		"xychart-beta",
		"  title \"Users on the canary\"",
		`  x-axis "minutes" 0 --> ${Number((length / 6e4).toFixed(1)) || .1}`,
		"  y-axis \"%\" 0 --> 100",
		`  line [${values.join(", ")}]`,
		"```"
	];
}
// src/summary.ts
const MARKS = {
	good: "✅",
	bad: "❌",
	person: "🙋",
	neutral: "⚪"
};
function summaryOf(name, { view, outcome, reason, weights }) {
	if (!view) return `### ${plain(`${name}: ${outcome}. ${reason}`)}\n`;
	const facts = factsOf(view);
	const { verdict, tone, asked, checks, actions, warnings, lines, links, commands } = facts;
	const note = verdict.includes(reason) ? [] : [plain(reason)];
	const rows = checks.map((one) => [
		one.name,
		one.value,
		one.limit,
		one.verdict,
		String(one.requests)
	]);
	const steps = facts.sections.find(([title]) => title === "Steps")?.[1] ?? [];
	return [
		[`### ${MARKS[tone]} ${plain(verdict)}`],
		note,
		table(["", "What a person is asked"], asked),
		weightChart(weights, Date.parse(view.endedAt ?? new Date().toISOString())),
		table([
			"Check",
			"Value",
			"Limit",
			"Verdict",
			"Requests"
		], rows),
		list("Warnings", warnings),
		list("What people did", actions),
		table(["", ""], lines),
		links.flatMap(link),
		folded("Steps", table(["Step", ""], steps)),
		[
			"```sh",
			...commands.map((one) => clean(one).replaceAll("`", "")),
			"```"
		]
	].flatMap((part) => part.length > 0 ? [...part, ""] : []).join("\n");
}
function plain(text) {
	return clean(text).replace(/[\\`*_[\]|~#@!$]/g, "\\$&").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
function table(head, rows) {
	if (rows.length === 0) return [];
	const row = (cells) => `| ${cells.join(" | ")} |`;
	return [
		row(head),
		row(head.map(() => "---")),
		...rows.map((cells) => row(cells.map(plain)))
	];
}
function list(title, texts) {
	return texts.length === 0 ? [] : [
		`**${title}**`,
		"",
		...texts.map((text) => `- ${plain(text)}`)
	];
}
function folded(title, lines) {
	return lines.length === 0 ? [] : [
		`<details><summary>${title}</summary>`,
		"",
		...lines,
		"",
		"</details>"
	];
}
function link([name, url]) {
	const { protocol, href } = URL.parse(url) ?? {};
	return href && /^https?:$/.test(protocol ?? "") ? [`- [${plain(name)}](<${href}>)`] : [];
}
// src/deploy.ts
const LOOK = {
	width: 110,
	color: false,
	unicode: true
};
async function deploy(runner, cancelled) {
	let deployment;
	let sent = false;
	try {
		const inputs = readInputs(runner.env);
		runner.mask(inputs.token ?? "");
		runner.mask(inputs["github-token"] ?? "");
		const tokens = new JobTokens(runner, inputs.audience);
		const token = () => inputs.token ?? tokens.take();
		await ask({
			url: `${inputs.server}/api/v1/me`,
			token,
			signal: cancelled
		});
		deployment = await GithubDeployment.begin(runner, inputs);
		const answer = await send(runner, inputs, tokens, cancelled);
		sent = true;
		runner.say(`${inputs.sender} has sent ${answer.delivery}`);
		const followed = await followAll(runner, inputs, tokens, answer, cancelled);
		const worst = followed.find(({ code }) => code !== EXIT.ok) ?? followed[0];
		if (!worst) throw new CliError(EXIT.unexpected, `the event starts nothing: ${answer.nothing}`);
		await conclude(runner, worst, deployment);
		return worst.code;
	} catch (error) {
		if (sent) runner.say("The event was taken: what it has started goes on.");
		const isCut = cancelled.aborted && !(error instanceof CliError);
		const cut = new CliError(EXIT.interrupted, "Stopped. Where the event was under way, the rollout goes on.");
		return failed(runner, isCut ? cut : error, deployment);
	}
}
async function send(runner, inputs, tokens, signal) {
	const { server, sender, image, plan, reason } = inputs;
	const { GITHUB_RUN_ID: run = "run", GITHUB_RUN_ATTEMPT: attempt = "1" } = runner.env;
	return ask({
		url: `${server}/hooks/deploy/${sender}`,
		body: {
			image,
			plan,
			reason
		},
		headers: { "webhook-id": `${run}-${attempt}-${randomUUID()}` },
		token: () => tokens.take(),
		signal
	});
}
async function followAll(runner, inputs, tokens, { offers, delivery }, cancelled) {
	const { timeoutMs } = inputs;
	const signal = timeoutMs === void 0 ? cancelled : AbortSignal.any([cancelled, AbortSignal.timeout(timeoutMs)]);
	return Promise.all(offers.map(async (offer) => {
		const name = `${offer.namespace}/${offer.plan}`;
		for (const line of offerLines(offer)) runner.say(line);
		const path = rolloutPath(inputs.cluster, {
			namespace: offer.namespace,
			name: offer.plan
		});
		const followed = await follow({
			offer,
			signal,
			failFast: inputs.failFast,
			intervalMs: inputs.intervalMs,
			delivery: `${inputs.sender}/${delivery}`,
			look: (below) => ask({
				url: `${inputs.server}/api/v1${path}${below}`,
				token: () => inputs.token ?? tokens.take(),
				signal,
				tries: 1
			}),
			say: (line) => runner.say(offers.length > 1 ? `${name} ${line}` : line)
		});
		tell(runner, inputs, name, followed);
		return followed;
	}));
}
function tell(runner, { server, cluster }, name, followed) {
	const { code, view, reason } = followed;
	if (view) {
		const picture = {
			view,
			live: {},
			workers: "unknown",
			now: new Date(),
			watching: false
		};
		for (const line of renderRollout(picture, LOOK)) runner.say(line);
	}
	runner.say(`${name}: ${reason}`);
	if (code === EXIT.interrupted || code === EXIT.timeout || code === EXIT.needsYou) {
		const where = cluster === "local" ? "" : ` --cluster ${cluster}`;
		runner.say(`To stop the rollout: sluice abort ${name}${where} --server ${server} --reason "…"`);
	}
	runner.summary(summaryOf(name, followed));
}
async function conclude(runner, worst, deployment) {
	const { code, outcome, reason, rollout = "" } = worst;
	for (const [name, value] of Object.entries({
		outcome,
		reason,
		rollout
	})) runner.output(name, value);
	if (code !== EXIT.ok) runner.annotate("error", `${rollout} ${outcome}: ${reason}`.trim());
	await deployment?.end(code, reason || outcome, code === EXIT.interrupted ? 1 : void 0);
}
async function failed(runner, error, deployment) {
	const { code, hint } = error instanceof CliError ? error : {
		code: EXIT.unexpected,
		hint: void 0
	};
	for (const message of error.message.split("\n")) runner.annotate("error", message);
	if (hint) runner.say(hint);
	runner.output("outcome", "error");
	runner.output("reason", error.message);
	runner.summary(`### ❌ ${plain([error.message, hint].filter(Boolean).join("; "))}\n`);
	await deployment?.end(code, error.message);
	return code;
}
// src/runner.ts
const SUMMARY_BYTES = 1e6;
var Runner = class {
	env;
	#print;
	constructor(env, print = console.log) {
		this.env = env;
		this.#print = print;
	}
	say(line) {
		this.#print(clean(line).replace(/^ *::/, "∷").replaceAll("##[", "# #["));
	}
	mask(secret) {
		if (secret !== "") this.#print(`::add-mask::${data(secret)}`);
	}
	annotate(kind, text) {
		this.#print(`::${kind}::${data(clean(text))}`);
	}
	output(name, value) {
		this.#append("GITHUB_OUTPUT", `${name}=${clean(value)}\n`);
	}
	summary(markdown) {
		const bytes = Buffer.from(`${markdown}\n`);
		this.#append("GITHUB_STEP_SUMMARY", new TextDecoder().decode(bytes.subarray(0, SUMMARY_BYTES)));
	}
	#append(file, text) {
		const path = this.env[file];
		if (path) appendFileSync(path, text);
	}
};
function data(text) {
	return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
// src/main.ts
process.exitCode = await interruptible((signal) => deploy(new Runner(process.env), signal));
export {};
