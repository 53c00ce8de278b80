import type { Ledger } from './ledger.ts';
import type { SourceObject } from './objects.ts';
import { isSection, isTree, type Path, type Tree } from './tree.ts';

/** A place in a source object: reading it says nothing yet, `keep`, `change`, `lose` and `copy` do. */
export class Field {
  readonly object: SourceObject;
  readonly path: Path;
  readonly value: unknown;
  readonly #ledger: Ledger;

  constructor(object: SourceObject, ledger: Ledger, path: Path = [], value: unknown = object.value) {
    this.object = object;
    this.path = path;
    this.value = value;
    this.#ledger = ledger;
  }

  at(...keys: (string | number)[]): Field {
    const value = keys.reduce<unknown>((part, key) => {
      if (Array.isArray(part)) return typeof key === 'number' ? part[key] : undefined;
      return isTree(part) && Object.hasOwn(part, key) ? part[key] : undefined;
    }, this.value);
    return new Field(this.object, this.#ledger, [...this.path, ...keys], value);
  }

  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get tree(): Tree {
    return isTree(this.value) ? this.value : {};
  }

  /** Numbers and flags as they are written. */
  get text(): string | undefined {
    return ['string', 'number', 'boolean'].includes(typeof this.value) ? String(this.value) : undefined;
  }

  /** A text that is a number counts: charts quote them. */
  get number(): number | undefined {
    const { value } = this;
    if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  }

  items(): Field[] {
    return Array.isArray(this.value) ? this.value.map((_, index) => this.at(index)) : [];
  }

  fields(): [string, Field][] {
    return Object.keys(this.tree).map((key) => [key, this.at(key)]);
  }

  /** It says the same in the result. Of one field: a section is kept field by field, or copied. */
  keep(note = ''): void {
    if (isSection(this.value)) throw new RangeError(`${this.path.join('.')} is a section: keep its fields, or copy it`);
    if (this.value !== undefined) this.#claim('kept', note, false);
  }

  /** All of it stands in the result as it was. */
  copy(note: string): void {
    if (this.value !== undefined) this.#claim('kept', note, true);
  }

  /** It says something else in the result; of a missing field: what the result takes in its place. */
  change(note: string): void {
    this.#claim('changed', note, true);
  }

  lose(note: string): void {
    this.#claim('lost', note, true);
  }

  /** A line about a section whose fields have lines of their own. */
  remark(note: string): void {
    this.#claim('changed', note, false);
  }

  #claim(result: 'kept' | 'changed' | 'lost', note: string, whole: boolean): void {
    this.#ledger.claim(this.object, this.path, { result, note, whole });
  }
}
