const whole = new Intl.NumberFormat('en');
const rough = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const dollars = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 2 });
const cents = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 6 });

export const count = (n: number) => whole.format(n);
export const rate = (n: number) => rough.format(n);
export const percent = (part: number, all: number) => (all === 0 ? '–' : `${rough.format((100 * part) / all)} %`);
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
