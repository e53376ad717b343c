import { NONE, useFormat } from '../format';

/** A share as a bar and a figure. */
export function Share({ share, isLow }: { share: number | null; isLow?: boolean }) {
  const format = useFormat();
  if (share === null) return <span className="muted">{NONE}</span>;
  return (
    <span className={isLow ? 'inline-bar low' : 'inline-bar'}>
      <i aria-hidden><b style={{ width: `${100 * share}%` }} /></i>{format.share(share)}
    </span>
  );
}
