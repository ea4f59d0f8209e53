/** What each kind of finding of a review is about, in a sentence; the rules of its SARIF log. */
export const REVIEW_RULES = {
  'signature-refused': 'The signature of a bundle must hold under a key that is trusted.',
  'signature-unchecked': 'A signature says nothing until it is checked with a key.',
  unsigned: 'Nobody vouches for a bundle that is not signed.',
  'module-differs': 'The module that judges must be what the sources beside it give.',
  'module-unchecked': 'Whether the module is what the sources give must be checked by building them again.',
  'build-facts-missing': 'A bundle should say who built it, when and from which commit.',
  'rule-dead': 'A rule that no call makes say anything guards nothing.',
  'rule-removed': 'A rule that was there and is not any more was there for a reason.',
  'rule-off': 'A rule whose settings are empty is switched off.',
  'rule-unreachable': 'A rule that the manifest does not ask guards nothing.',
  'grant-without-limit': 'What is granted should have a limit on how far it reaches.',
  'pace-without-limit': 'What is granted should have a limit on how much of it may happen in an hour.',
  'settings-invalid': 'Settings must be as the schemas of the library say.',
  'runbook-overdue': 'A runbook past its review date covers nothing.',
  'runbook-due': 'A runbook must be reviewed before its date.',
  'data-unread': 'Data that no rule reads changes nothing, whatever it says.',
  'data-unchecked': 'Whether all data is read must be checked by looking into the sources.',
  'environment-unknown': 'A setting for an environment that does not exist is not in force.',
  'invariant-broken': 'What must hold everywhere must hold in every cell of the matrix.',
  'more-permissive': 'What a new bundle allows beyond the old one must be meant.',
} as const satisfies Readonly<Record<string, string>>;

export type ReviewRule = keyof typeof REVIEW_RULES;
