import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useGet } from '../api/hooks';
import { Chip } from '../components/Marks';
import { Proposals } from '../components/Proposals';
import { toneOf, useWords } from './words';

const WAIT = 200;

/** Finds an object by name or title; whatever else is typed is taken for the id of a row. */
export function Finder({ name, choose }: { name: string; choose: (name: string) => void }) {
  const { t } = useTranslation();
  const words = useWords();
  const [text, setText] = useState(name);
  const wanted = useLater(text);
  useEffect(() => setText(name), [name]);
  const found = useGet('/api/lineage/objects', { query: { query: wanted, limit: 40 } }, { keep: true });
  const options = (found.data ?? []).map((one) => ({
    value: one.object,
    label: (
      <span className="lineage-option">
        <Chip tone={toneOf(one.kind)}>{words.kind(one.kind)}</Chip> {words.title(one) || one.name}
        {words.title(one) && <small className="muted"> {one.name}</small>}
      </span>
    ),
  }));
  return (
    <Proposals
      className="finder" value={text} onChange={setText} allowClear onClear={() => choose('')} options={options}
      onSelect={(chosen: string) => choose(chosen)} aria-label={t('lineage.find')} placeholder={t('lineage.find')}
      defaultActiveFirstOption={false}
      onKeyDown={(event) => { if (event.key === 'Enter' && text.trim() && !options.some((one) => one.value === text)) choose(text.trim()); }}
    />
  );
}

function useLater(text: string): string {
  const [later, setLater] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setLater(text.replace(/^(table|column):/, '')), WAIT);
    return () => clearTimeout(timer);
  }, [text]);
  return later;
}
