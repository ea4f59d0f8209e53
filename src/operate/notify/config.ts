/** `notify:` of the configuration: who is told, and how. */
export interface NotifyConfig {
  /** Milliseconds in which small things gather. */
  readonly digest: number;
  readonly targets: readonly TargetConfig[];
}

interface AnyTarget {
  readonly name: string;
  /** Kinds, categories or `everything`; empty: all that people should know. */
  readonly for: readonly string[];
  readonly groups: readonly string[];
  readonly environments: readonly string[];
  /** Milliseconds that one try may take. */
  readonly timeout: number;
  /** PEM text of the only authorities that are trusted, instead of those that the system trusts. */
  readonly ca: string | undefined;
}

export interface WebhookConfig extends AnyTarget {
  readonly kind: 'webhook';
  readonly url: string;
  /** Keys that sign, the one in use first; the other one while receivers change over. */
  readonly keys: readonly Uint8Array[];
}

export interface SlackConfig extends AnyTarget {
  readonly kind: 'slack';
  /** It is a secret: whoever has it may post. */
  readonly url: string;
}

export interface PagerDutyConfig extends AnyTarget {
  readonly kind: 'pagerduty';
  readonly url: string;
  /** The integration's key. */
  readonly routingKey: string;
}

export interface EmailConfig extends AnyTarget {
  readonly kind: 'email';
  readonly host: string;
  readonly port: number;
  /** `plain` is for loopback only. */
  readonly tls: 'implicit' | 'starttls' | 'plain';
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
}

export type TargetConfig = WebhookConfig | SlackConfig | PagerDutyConfig | EmailConfig;
