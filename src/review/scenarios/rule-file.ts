/** Where the Rego of a rule is, by its name: `level/table`, or `site/calm/friday` for a site's own. */
export function ruleFile(id: string): string {
  const own = id.startsWith('site/');
  const [category = '', rule = ''] = id
    .slice(own ? 'site/'.length : 0)
    .replaceAll('-', '_')
    .split('/');
  return `${own ? 'site' : 'sallyport'}/rules/${category}/${rule}/${rule}.rego`;
}
