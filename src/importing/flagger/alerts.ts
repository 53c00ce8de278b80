import type { Field } from '../shared/field.ts';

/** Chats belong to the operator: a plan names one of the installation's targets, which no Canary knows. */
export function convertAlerts(analysis: Field): void {
  for (const alert of analysis.at('alerts').items())
    alert.lose(
      `${alert.at('name').text ?? 'alert'}: providerRef ${alert.at('providerRef', 'name').text ?? ''} is to be a target of the installation (notificationTargets), then notify: [{ slack: { target: NAME } }]`,
    );
}
