import { Table } from 'antd';
import { useTranslation } from 'react-i18next';

import { Chip } from '../components/Marks';
import { toneOf, useWords, type Found, type Thing } from './words';

/** The graph as a table: every object with its distance, and what it is made from or feeds. */
export function Objects({ found, choose }: { found: Found; choose: (object: string) => void }) {
  const { t } = useTranslation();
  const words = useWords();
  const isUp = found.direction === 'up';
  const names = new Map(found.objects.map((one) => [one.object, one.name]));
  const nearer = new Map<string, { name: string; via: string }[]>();
  for (const edge of found.edges) {
    const [far, near] = isUp ? [edge.source, edge.target] : [edge.target, edge.source];
    nearer.set(far, [...(nearer.get(far) ?? []), { name: names.get(near) ?? near, via: edge.via }]);
  }
  const rows = [...found.objects].sort((a, b) => a.depth - b.depth || a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name));
  return (
    <Table<Thing>
      size="small" dataSource={rows} rowKey="object" pagination={rows.length > 50 ? { pageSize: 50, size: 'small', showSizeChanger: false } : false} scroll={{ x: 720 }}
      columns={[
        { title: t('lineage.depth'), dataIndex: 'depth', width: 72, align: 'right' },
        { title: t('lineage.kind_label'), dataIndex: 'kind', width: 120, render: (kind: string) => <Chip tone={toneOf(kind)}>{words.kind(kind)}</Chip> },
        {
          title: t('lineage.object'), dataIndex: 'name', render: (_, one) => (
            <button type="button" className="link" onClick={() => choose(one.object)}>{words.title(one) || one.name}</button>
          ),
        },
        {
          title: t(isUp ? 'lineage.feeds' : 'lineage.made_from'), key: 'near', className: 'wrap', render: (_, one) => (nearer.get(one.object) ?? []).slice(0, 3)
            .map(({ name, via }) => `${name} (${words.via(via)})`).join(', '),
        },
      ]}
    />
  );
}
