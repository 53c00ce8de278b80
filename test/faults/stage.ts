/** What all rows of one process share: a Sluice behind proxies whose rules name a row's namespace, and a mail server. */
import type { ChildProcess } from 'node:child_process';
import { ApiProxy } from '../support/lab/api-proxy.ts';
import { ClusterSluice, type SluiceOptions } from '../support/lab/sluice.ts';
import { seededRandom } from '../support/random.ts';
import { SmtpScript } from './tools/smtp-script.ts';

export class FaultStage {
  readonly seed: number;
  readonly kube: ApiProxy;
  readonly smtp: SmtpScript;
  private sharedSluice: Promise<ClusterSluice> | undefined;
  private readonly started: ClusterSluice[] = [];
  private readonly processes: ChildProcess[] = [];

  private constructor(seed: number, kube: ApiProxy, smtp: SmtpScript) {
    this.seed = seed;
    this.kube = kube;
    this.smtp = smtp;
  }

  static async open(seed: number): Promise<FaultStage> {
    return new FaultStage(seed, await ApiProxy.start(seededRandom(seed, 'kube')), await SmtpScript.open());
  }

  /** Environment of every worker: through the proxies. */
  get environment(): NodeJS.ProcessEnv {
    return { KUBECONFIG: this.kube.kubeconfig, SLUICE_SMTP_URL: this.smtp.url };
  }

  /** For rows that leave workers and Temporal alone. */
  sluice(): Promise<ClusterSluice> {
    this.sharedSluice ??= this.startSluice();
    return this.sharedSluice;
  }

  async startSluice(options: SluiceOptions = {}): Promise<ClusterSluice> {
    const environment = { ...this.environment, ...options.environment };
    const sluice = await ClusterSluice.start({ ...options, environment });
    this.started.push(sluice);
    return sluice;
  }

  /** A process that {@link kill} ends too. */
  adopt(child: ChildProcess): void {
    this.processes.push(child);
  }

  /** Ends every process that was started, at once: for Ctrl-C. */
  kill(): void {
    const workers = this.started.flatMap(({ workers }) => workers);
    for (const child of [...workers, ...this.processes]) child.kill('SIGKILL');
  }

  async close(): Promise<void> {
    await (await this.sharedSluice?.catch(() => undefined))?.stop();
    this.kube.stop();
    this.smtp.close();
  }
}
