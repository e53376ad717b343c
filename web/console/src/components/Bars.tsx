import type { ReactNode } from 'react';
import { Link } from 'react-router-dom';

export type Bar = { key: string; name: string; value: number; text: ReactNode; base?: number; to?: string; look?: () => void };

/** Shares as bars; a tick marks the share among everybody, where it is given. */
export function Bars(props: { bars: Bar[]; label: string; most?: number; isWide?: boolean }) {
  const most = props.most ?? Math.max(...props.bars.map((bar) => Math.max(bar.value, bar.base ?? 0)), 1e-9);
  return (
    <ul className={props.isWide ? 'bars wide' : 'bars'} aria-label={props.label}>
      {props.bars.map((bar) => (
        <li key={bar.key}>
          <span className="bar-name" title={bar.name}>
            {bar.to ? <Link to={bar.to}>{bar.name}</Link> : bar.look ? <button type="button" className="link" onClick={bar.look}>{bar.name}</button> : bar.name}
          </span>
          <span className="bar-track" aria-hidden>
            {bar.value > 0 && <span className="bar-fill" style={{ width: `${(100 * bar.value) / most}%` }} />}
            {bar.base !== undefined && (
              <span className="bar-base" style={{ left: `${(100 * bar.base) / most}%` }} />
            )}
          </span>
          <span className="bar-text">{bar.text}</span>
        </li>
      ))}
    </ul>
  );
}
