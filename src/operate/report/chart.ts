import { html, type Markup } from '../../review/report/page/html.ts';
import type { Chart } from './report.ts';

const WIDTH = 640;
const ROW = 26;
const BAR = 16;
const NAMES = 150;
const COUNT = 56;

/** The tones of the report's style, on any ground. */
export const CHART_STYLE = `
tbody th { white-space: nowrap; }
figure { margin: 1rem 0; }
figure svg { width: 100%; max-width: 46rem; height: auto; display: block; }
figure text { fill: var(--text); font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; }
figure .good { fill: var(--good); } figure .warn { fill: var(--warn); } figure .bad { fill: var(--bad); } figure .soft { fill: var(--soft); }
figcaption { font-weight: 600; padding-bottom: 0.25rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; margin: 0.25rem 0; font-size: 0.875rem; }
.legend svg { display: inline-block; width: 0.8rem; height: 0.8rem; margin-right: 0.4rem; vertical-align: -0.05rem; }
`;

/** Stacked bars as inline SVG, without scripts. Lengths are rounded, so that the same numbers give the same page. */
export function chartMarkup({ caption, parts, bars }: Chart): Markup {
  const most = Math.max(1, ...bars.map(({ values }) => total(values)));
  const scale = (WIDTH - NAMES - COUNT) / most;
  const height = bars.length * ROW + 4;
  return html`<figure><figcaption>${caption}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${caption}">
${bars.map(({ name, values }, row) => barMarkup({ name, values, parts, scale, y: row * ROW + 4 }))}
</svg>
<ul class="legend">${parts.map(({ name, tone }) => html`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="${tone}" width="10" height="10"></rect></svg>${name}</li>`)}</ul></figure>`;
}

interface Bar {
  readonly name: string;
  readonly values: readonly number[];
  readonly parts: Chart['parts'];
  readonly scale: number;
  readonly y: number;
}

function barMarkup({ name, values, parts, scale, y }: Bar): Markup {
  const widths = values.map((value) => round(value * scale));
  const starts = widths.map((_, i) => NAMES + total(widths.slice(0, i)));
  return html`<text x="${NAMES - 8}" y="${y + 12}" text-anchor="end">${short(name)}</text>
${widths.map((width, i) =>
  width === 0
    ? ''
    : html`<rect class="${parts[i]?.tone ?? 'soft'}" x="${round(starts[i] ?? 0)}" y="${y}" width="${width}" height="${BAR}"><title>${name}: ${values[i] ?? 0} ${parts[i]?.name ?? ''}</title></rect>`,
)}<text x="${round(NAMES + total(widths) + 6)}" y="${y + 12}">${total(values)}</text>
`;
}

function short(name: string): string {
  return name.length > 22 ? `${name.slice(0, 21)}…` : name;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
