import { useTranslation } from 'react-i18next';

import { Chip } from '../components/Marks';
import { NONE, useFormat } from '../format';

/** How far a tag's people moved since the run before: the population stability index in words. */
export function Drift({ drift }: { drift: number | null | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (drift === null || drift === undefined) return <span className="muted">{NONE}</span>;
  const level = drift < 0.1 ? 'stable' : drift < 0.25 ? 'moving' : 'shifted';
  const tone = { stable: 'green', moving: 'orange', shifted: 'red' } as const;
  return <span title={t('tags.psi', { value: format.decimal(drift, 3) })}><Chip tone={tone[level]}>{t(`tag_drift.${level}`)}</Chip></span>;
}
