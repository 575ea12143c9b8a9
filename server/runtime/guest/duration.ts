import { padStart, toFixed, toText } from './intrinsics.js';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** `12ms`, `1.500s`, `2:03.456 (m:ss.mmm)` or `1:02:03.456 (h:mm:ss.mmm)`. */
export function formatDuration(ms: number): string {
  if (ms < second) return toText(ms) + 'ms';
  if (ms < minute) return toFixed(ms / second, 3) + 's';
  const seconds = padStart(toFixed((ms % minute) / second, 3), 6, '0');
  const minutes = (ms % hour) / minute;
  const wholeMinutes = toFixed(minutes - (minutes % 1), 0);
  if (ms < hour) return wholeMinutes + ':' + seconds + ' (m:ss.mmm)';
  const hours = ms / hour;
  return (
    toFixed(hours - (hours % 1), 0) + ':' + padStart(wholeMinutes, 2, '0') + ':' + seconds + ' (h:mm:ss.mmm)'
  );
}
