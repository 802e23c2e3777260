const whole = new Intl.NumberFormat('en');
const rough = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const dollars = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 2 });
const cents = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 6 });

export const count = (n: number) => whole.format(n);
export const rate = (n: number) => rough.format(n);

/** Some are never rounded to none, and not all never to all. */
export function percent(part: number, all: number): string {
  if (all === 0) {
    return '–';
  }
  const share = (100 * part) / all;
  return `${rough.format(share > 0 && share < 100 ? Math.min(99.9, Math.max(0.1, share)) : share)} %`;
}

export const money = (n: number) => (Math.abs(n) < 1 && n !== 0 ? cents : dollars).format(n);

/** UTC, as the records have it. */
export const time = (millis: number) => new Date(millis).toISOString().replace('T', ' ').slice(0, 19);

export function span(seconds: number): string {
  if (!isFinite(seconds)) {
    return '–';
  }
  if (seconds < 90) {
    return `${Math.max(0, Math.round(seconds))} s`;
  }
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${rough.format(seconds / 3600)} h`;
}
