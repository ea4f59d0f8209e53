import type { TargetConfig } from '../config.ts';
import type { Target } from '../target.ts';
import { emailTarget } from './email.ts';
import { pagerDutyTarget } from './pagerduty.ts';
import { slackTarget } from './slack.ts';
import { webhookTarget } from './webhook.ts';

/** The target that the configuration describes; nothing is connected yet. */
export function openTarget(config: TargetConfig, now: () => Date): Target {
  switch (config.kind) {
    case 'webhook':
      return webhookTarget(config, now);
    case 'slack':
      return slackTarget(config, now);
    case 'pagerduty':
      return pagerDutyTarget(config, now);
    case 'email':
      return emailTarget(config);
  }
}
