import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Input, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Band } from './body';

/** Names for numbers below bounds; the last band has none. */
export function Bands({ bands, change }: { bands: Band[]; change: (bands: Band[]) => void }) {
  const { t } = useTranslation();
  const at = (place: number, band: Band) => change(bands.map((one, index) => (index === place ? band : one)));
  const drop = (place: number) => {
    const kept = bands.filter((_, index) => index !== place);
    change(kept.map((one, index) => (index === kept.length - 1 ? { is: one.is } : one)));
  };
  const add = () => change([...bands.slice(0, -1), ...(bands.length ? [{ below: 0, is: bands.at(-1)!.is }] : []), { is: '' }]);
  return (
    <div className="stack tight">
      {bands.map((band, place) => (
        <span className="tools" key={place}>
          {place < bands.length - 1 ? (
            <label className="tools"><span className="muted">{t('tags.below')}</span>
              <InputNumber value={band.below} onChange={(below) => at(place, { ...band, below })} style={{ width: 110 }} />
            </label>
          ) : <span className="muted">{t('tags.all_above')}</span>}
          <Input value={band.is} aria-label={t('tags.band_name')} placeholder={t('tags.band_name')} style={{ width: 150 }} onChange={(event) => at(place, { ...band, is: event.target.value })} />
          <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t('tags.drop_band')} onClick={() => drop(place)} />
        </span>
      ))}
      <Button size="small" icon={<PlusOutlined />} onClick={add}>{t('tags.add_band')}</Button>
    </div>
  );
}
