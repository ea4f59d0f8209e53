/** The zone that needs no table. */
export const UTC = 'UTC';

const QUARTER = 900;
const MOST_OFFSETS = 4096;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** Offsets by quarter of an hour, of those quarters in which the offset does not change. */
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, Zone | undefined>();

/**
 * Whether OPA knows a time zone of this name: names of the IANA database, in their own spelling. What only Intl takes
 * for a zone (`+01:00`, `europe/berlin`) is none.
 * @throws TypeError for `Local`: the zone of one machine, under which no decision could be judged again elsewhere.
 */
export function isZone(name: string): boolean {
  if (name === 'Local') throw new TypeError('time zone Local cannot be judged again elsewhere; name a zone');
  return name === UTC || zoneOf(name) !== undefined;
}

/** Seconds east of UTC in a known zone at a time in seconds since the epoch. */
export function offsetAt(name: string, seconds: number): number {
  const zone = name === UTC ? undefined : zoneOf(name);
  if (!zone) return 0;
  const quarter = Math.floor(seconds / QUARTER);
  const known = zone.offsets.get(quarter);
  if (known !== undefined) return known;
  const offset = readOffset(zone, seconds);
  const steady = readOffset(zone, quarter * QUARTER) === readOffset(zone, (quarter + 1) * QUARTER - 1);
  if (steady) {
    if (zone.offsets.size >= MOST_OFFSETS) zone.offsets.clear();
    zone.offsets.set(quarter, offset);
  }
  return offset;
}

function zoneOf(name: string): Zone | undefined {
  const known = zones.get(name);
  if (known || zones.has(name)) return known;
  const zone = makeZone(name);
  // Unknown names come from data or calls and must not pile up.
  if (zone) zones.set(name, zone);
  return zone;
}

function makeZone(name: string): Zone | undefined {
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)*$/.test(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    const resolved = format.resolvedOptions().timeZone;
    if (resolved !== name && resolved.toLowerCase() === name.toLowerCase()) return undefined;
    return { format, offsets: new Map() };
  } catch {
    return undefined;
  }
}

function readOffset(zone: Zone, seconds: number): number {
  const parts = new Map(zone.format.formatToParts(seconds * 1000).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? Number.NaN;
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return local / 1000 - seconds;
}
