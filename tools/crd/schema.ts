/** The schema of a CustomResourceDefinition, and what its rules in CEL may speak of. */
export interface CelRule {
  rule: string;
  message: string;
  /** Of what is wrong, below the place of the rule; absent: the place itself. */
  fieldPath?: string;
}

/** Of `apiextensions.k8s.io/v1` what is used here. Without a type: anything may stand there, and rules do not see it. */
export interface Structural {
  type?: string;
  format?: string;
  description?: string;
  nullable?: boolean;
  properties?: Record<string, Structural>;
  required?: string[];
  additionalProperties?: Structural;
  items?: Structural;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-list-type'?: 'atomic' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-validations'?: CelRule[];
}

/** Names that the language keeps for itself are written so. */
export function celName(name: string): string {
  return ['namespace', 'for', 'in', 'as'].includes(name) ? `__${name}__` : name;
}

/** Whether rules may speak of it. */
export function isSeen(schema: Structural | undefined): boolean {
  if (schema?.additionalProperties) return isSeen(schema.additionalProperties);
  return schema?.type !== undefined || schema?.['x-kubernetes-int-or-string'] === true;
}
