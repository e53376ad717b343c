import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useTitles } from '../conditions';
import { useFormat } from '../format';

type Spot = { x: number; y: number };
/** Circles of one size: the numbers tell how many, the drawing which. */
const CIRCLES: Record<number, Spot[]> = {
  2: [{ x: 170, y: 120 }, { x: 290, y: 120 }],
  3: [{ x: 175, y: 105 }, { x: 285, y: 105 }, { x: 230, y: 195 }],
};
const SPOTS: Record<number, Record<string, Spot>> = {
  2: { '0': { x: 125, y: 120 }, '1': { x: 335, y: 120 }, '01': { x: 230, y: 120 } },
  3: {
    '0': { x: 130, y: 85 }, '1': { x: 330, y: 85 }, '2': { x: 230, y: 255 }, '01': { x: 230, y: 75 },
    '02': { x: 172, y: 172 }, '12': { x: 288, y: 172 }, '012': { x: 230, y: 138 },
  },
};
const LABELS: Record<number, Spot[]> = {
  2: [{ x: 100, y: 18 }, { x: 360, y: 18 }],
  3: [{ x: 90, y: 14 }, { x: 370, y: 14 }, { x: 230, y: 312 }],
};

/** Two or three audiences as circles, with the people of every region. */
export function Venn({ found }: { found: Schemas['Overlap'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  const names = found.audiences.map((one) => one.audience);
  const count = names.length;
  const people = new Map(
    found.regions.map((region) => [region.sets.map((name) => names.indexOf(name)).sort().join(''), region.people]),
  );
  return (
    <svg className="venn" viewBox={`0 0 460 ${count === 3 ? 320 : 240}`} role="img" aria-label={t('audiences.overlap')}>
      {CIRCLES[count].map((spot, at) => <circle key={names[at]} className={`set-${at}`} cx={spot.x} cy={spot.y} r={88} />)}
      {LABELS[count].map((spot, at) => <text key={names[at]} className="name" x={spot.x} y={spot.y}>{titles.audience(names[at])}</text>)}
      {Object.entries(SPOTS[count]).map(([key, spot]) => (
        <text key={key} x={spot.x} y={spot.y + 5}>{format.count(people.get(key) ?? 0)}</text>
      ))}
    </svg>
  );
}
