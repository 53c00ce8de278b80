/** A Deployment of GitHub, which shows beside the commit how the rollout stands. */
import { EXIT, type ExitCode } from 'sluice/cli';
import { ask } from './ask.ts';
import type { Inputs } from './inputs.ts';
import type { Runner } from './runner.ts';

type DeploymentState = 'in_progress' | 'success' | 'failure' | 'inactive' | 'error';

/** What goes on after the step has ended is in progress. */
const STATES: Partial<Record<ExitCode, DeploymentState>> = {
  [EXIT.ok]: 'success',
  [EXIT.failed]: 'failure',
  [EXIT.aborted]: 'failure',
  [EXIT.refused]: 'failure',
  [EXIT.conflict]: 'failure',
  [EXIT.superseded]: 'inactive',
  [EXIT.needsYou]: 'in_progress',
  [EXIT.timeout]: 'in_progress',
  [EXIT.interrupted]: 'in_progress',
};

const VERSION = { 'x-github-api-version': '2022-11-28' };
/** GitHub takes no more. */
const LONGEST_DESCRIPTION = 140;

export class GithubDeployment {
  readonly #runner: Runner;
  readonly #statuses: string;
  readonly #token: string;

  private constructor(runner: Runner, deployments: string, id: string, token: string) {
    this.#runner = runner;
    this.#statuses = `${deployments}/${id}/statuses`;
    this.#token = token;
  }

  /** In progress. @returns undefined: nobody asked for one  @throws CliError GitHub does not let the job write deployments */
  static async begin(runner: Runner, inputs: Inputs): Promise<GithubDeployment | undefined> {
    const { environment, 'github-token': token = '' } = inputs;
    const { GITHUB_API_URL: api, GITHUB_REPOSITORY: repository, GITHUB_SHA: ref } = runner.env;
    if (!environment && !inputs['deployment-id']) return undefined;
    const deployments = `${api}/repos/${repository}/deployments`;
    let id = inputs['deployment-id'];
    if (!id) {
      // the checks of the commit are the workflow's business: this job may be one of them
      const body = { ref, environment, auto_merge: false, required_contexts: [] };
      const made = await ask<{ id: number }>({ url: deployments, body, headers: VERSION, token: () => token });
      id = String(made.id);
    }
    const deployment = new GithubDeployment(runner, deployments, id, token);
    await deployment.#set('in_progress', 'The rollout is under way.', 6);
    return deployment;
  }

  /** The rollout has gone its way: what GitHub does not take is a warning. @param tries fewer when there is no time */
  async end(code: ExitCode, sentence: string, tries?: number): Promise<void> {
    await this.#set(STATES[code] ?? 'error', sentence, tries).catch((error: Error) =>
      this.#runner.annotate('warning', `the status of the deployment is not set: ${error.message}`),
    );
  }

  async #set(state: DeploymentState, sentence: string, tries?: number): Promise<void> {
    const { GITHUB_SERVER_URL: web, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = this.#runner.env;
    const description = [...sentence].slice(0, LONGEST_DESCRIPTION).join('');
    const body = { state, description, log_url: `${web}/${repository}/actions/runs/${run}` };
    await ask({ url: this.#statuses, body, headers: VERSION, token: () => this.#token, tries });
  }
}
