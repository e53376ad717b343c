import { NONE } from '../format';

/** An interval drawn to scale around zero, with its ends in words. */
export function Interval(props: {
  low: number | null;
  high: number | null;
  at: number | null;
  shown: (value: number) => string;
}) {
  const { low, high, at } = props;
  if (low === null || high === null || at === null) return <>{NONE}</>;
  const reach = Math.max(Math.abs(low), Math.abs(high)) * 1.1 || 1;
  const place = (value: number) => `${50 + (50 * value) / reach}%`;
  const mood = low > 0 ? 'good' : high < 0 ? 'bad' : 'plain';
  const words = `[${props.shown(low)}, ${props.shown(high)}]`;
  return (
    <span className="interval">
      <span className="interval-track" aria-hidden>
        <i className="zero" />
        <i className={`span ${mood}`} style={{ left: place(low), right: `calc(100% - ${place(high)})` }} />
        <i className={`dot ${mood}`} style={{ left: place(at) }} />
      </span>
      <small className="muted">{words}</small>
    </span>
  );
}
