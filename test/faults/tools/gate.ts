/** Two moments that a test and a proxy tell each other: a request has arrived, and it may go on. */
export interface Gate {
  opened: Promise<void>;
  arrived: Promise<void>;
  open(): void;
  arrive(): void;
}

export function gate(): Gate {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  return { opened, arrived, open, arrive };
}
