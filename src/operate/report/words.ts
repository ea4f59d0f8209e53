/** `no calls`, `1 call`, `2 calls` */
export function counted(count: number, what: string): string {
  return `${count === 0 ? 'no' : count} ${what}${count === 1 ? '' : 's'}`;
}

/** A share in percent, with a digit after the point where that says something; `none` of nothing. */
export function percent(share: number | null): string {
  if (share === null) return 'none';
  const rounded = Math.round(share * 1000) / 10;
  return `${rounded} %`;
}

/** Seconds as people say them; `-` where there are none. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '-';
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 6) / 10} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 360) / 10} h`;
  return `${Math.round(seconds / 8_640) / 10} days`;
}

/** A time (RFC 3339, UTC) to the second, as people read it. */
export function moment(time: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(time) ? `${time.slice(0, 10)} ${time.slice(11, 19)}Z` : time;
}
