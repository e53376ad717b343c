import { useFormat } from '../format';

const WIDTH = 84;
const HEIGHT = 22;

/** Sizes as a small line, oldest first; nothing for fewer than two. */
export function Spark({ values, label }: { values: number[]; label: string }) {
  const format = useFormat();
  if (values.length < 2) return null;
  const low = Math.min(...values);
  const high = Math.max(...values);
  const points = values.map((value, at) => {
    const x = 2 + ((WIDTH - 4) * at) / (values.length - 1);
    const y = high === low ? HEIGHT / 2 : HEIGHT - 3 - ((HEIGHT - 6) * (value - low)) / (high - low);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const words = `${label}: ${format.count(values[0])} → ${format.count(values.at(-1) ?? 0)}`;
  return (
    <svg className="spark" width={WIDTH} height={HEIGHT} role="img" aria-label={words}>
      <title>{words}</title>
      <polyline points={points.join(' ')} />
    </svg>
  );
}
