import { Select, Table } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { call, type Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Section } from '../components/Section';
import { useTitles } from '../conditions';
import { useFormat } from '../format';
import { Venn } from './Venn';

type Found = Schemas['Overlap'];
const MOST = 8;

/** How audiences overlap: circles for two or three, a matrix of regions for more. */
export function Overlap({ name }: { name: string }) {
  const { t } = useTranslation();
  const say = useSay();
  const titles = useTitles();
  const { data: fields } = useGet('/api/fields');
  const [others, setOthers] = useState<string[]>([]);
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState('');
  const asked = others.join(' ');
  useEffect(() => {
    if (!asked) return setFound(null);
    const ending = new AbortController();
    const body = { names: [name, ...asked.split(' ')] };
    call('post', '/api/audiences/overlap', { body, signal: ending.signal }).then(
      (answer) => { setFound(answer); setProblem(''); },
      (error: unknown) => { if (!ending.signal.aborted) setProblem(say(error)); },
    );
    return () => ending.abort();
    // `say` changes with the language only.
  }, [name, asked]);
  const options = fields?.audiences.filter((one) => one.name !== name) ?? [];
  return (
    <div className="stack">
      <Section title={t('audiences.overlap')}>
        {/* A virtual list keeps a hidden list box without a name in the page. */}
        <Select
          virtual={false}
          mode="multiple" className="full" showSearch={{ optionFilterProp: 'label' }} maxCount={MOST - 1} value={others} onChange={setOthers}
          aria-label={t('audiences.overlap_with')} placeholder={t('audiences.overlap_with')}
          options={options.map((one) => ({ value: one.name, label: titles.audience(one.name) }))}
        />
        {problem && <p className="bad">{problem}</p>}
        {found && found.audiences.length <= 3 && <Venn found={found} />}
      </Section>
      {found && <Regions found={found} />}
      {found && <Pairs found={found} />}
    </div>
  );
}

/** Every region with a mark for each audience it lies in: an upset plot. */
function Regions({ found }: { found: Found }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  const most = Math.max(...found.regions.map((region) => region.people), 1);
  return (
    <Section title={t('audiences.regions')} flush>
      <Table
        size="small" rowKey={(region) => region.sets.join(' ')} dataSource={found.regions} scroll={{ x: 640 }}
        pagination={{ pageSize: 20, hideOnSinglePage: true }}
        columns={[
          ...found.audiences.map(({ audience }) => ({
            title: titles.audience(audience), key: audience, align: 'center' as const, className: 'upset',
            render: (_: unknown, region: Schemas['Region']) =>
              region.sets.includes(audience) ? <i className="in" aria-label={t('rule.yes')} role="img" /> : <i aria-label={t('rule.no')} role="img" />,
          })),
          {
            title: t('field.members'), dataIndex: 'people', width: 220,
            render: (people: number) => (
              <span className="inline-bar"><i aria-hidden><b style={{ width: `${(100 * people) / most}%` }} /></i>{format.count(people)}</span>
            ),
          },
        ]}
      />
    </Section>
  );
}

function Pairs({ found }: { found: Found }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  return (
    <Section title={t('audiences.pairs')} flush>
      <Table
        size="small" rowKey={(pair) => `${pair.first} ${pair.second}`} dataSource={found.pairs} pagination={false} scroll={{ x: 640 }}
        columns={[
          { title: t('audiences.pair_first'), dataIndex: 'first', render: titles.audience },
          { title: t('audiences.pair_second'), dataIndex: 'second', render: titles.audience },
          { title: t('audiences.both'), dataIndex: 'both', align: 'right', render: format.count },
          { title: t('audiences.of_first'), dataIndex: 'of_first', align: 'right', render: (share: number) => format.share(share) },
          { title: t('audiences.of_second'), dataIndex: 'of_second', align: 'right', render: (share: number) => format.share(share) },
          { title: t('audiences.jaccard'), dataIndex: 'jaccard', align: 'right', render: (share: number) => format.share(share) },
        ]}
      />
    </Section>
  );
}
