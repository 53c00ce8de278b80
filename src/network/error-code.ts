/** What kept a request from an answer, by its code alone: messages may repeat what is not for logs. */
export function codeOf(error: unknown): string {
  const { code, name, cause } = Object(error) as Record<string, unknown>;
  return String(Object(cause).code ?? code ?? name ?? 'unknown error');
}
