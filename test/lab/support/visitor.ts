import type { Answered, LabApp } from '../../support/lab/lab-app.ts';

const OTHERS = ['theme=dark', 'lang=en'];

/** A user with a browser: keeps the cookies it is given among its own, and drops those that expire. */
export class Visitor {
  readonly #app: LabApp;
  readonly #name: string;
  /** `name=value` of the cookie that interests. */
  cookie: string | undefined;

  constructor(app: LabApp, name: string) {
    this.#app = app;
    this.#name = name;
  }

  async visit(path = '/'): Promise<Answered> {
    const [first, last] = OTHERS;
    const header = [first, this.cookie, last].filter(Boolean).join('; ');
    const answer = await this.#app.ask(path, { cookie: header });
    for (const text of answer.cookies) this.#take(text);
    return answer;
  }

  #take(text: string): void {
    const [pair = '', ...attributes] = text.split('; ');
    if (!pair.startsWith(`${this.#name}=`)) return;
    const maxAge = Number(attributes.find((one) => one.startsWith('Max-Age='))?.slice('Max-Age='.length));
    this.cookie = maxAge > 0 ? pair : undefined;
  }
}
