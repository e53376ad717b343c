import { Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { NONE, useFormat } from '../format';

type Line = Schemas['CleaningLine'];
const TONES: Record<string, 'blue' | 'orange' | 'red' | 'purple' | 'teal' | 'plain'> = {
  repaired: 'blue', emptied: 'orange', filled: 'purple', flagged: 'orange', rejected: 'red', merged: 'teal',
};

export function Did({ action }: { action: string }) {
  const { t } = useTranslation();
  return <Chip tone={TONES[action]}>{t(`quality.action.${action}`, { defaultValue: action })}</Chip>;
}

/** What each cleaning rule changed, with some values before and after. */
export function Cleaning() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet('/api/data/cleaning');
  return (
    <Loaded query={query}>
      {(lines) => lines.length === 0 ? <NextStep text={t('quality.no_cleaning')} command="zhiyin run" /> : (
        <Table
          size="small" dataSource={lines} scroll={{ x: 860 }} rowKey={(row) => [row.table, row.column, row.rule].join()}
          pagination={lines.length > 30 ? { pageSize: 30, size: 'small', showSizeChanger: false } : false}
          columns={[
            { title: t('quality.rule'), dataIndex: 'rule', render: (rule: string) => <b>{rule}</b> },
            { title: t('quality.what'), dataIndex: 'action', render: (action: string) => <Did action={action} /> },
            { title: t('quality.where'), key: 'where', render: (_, row) => <><span className="muted">{row.table}{row.column && '.'}</span>{row.column || <span className="muted"> · {t('quality.whole_rows')}</span>}</> },
            { title: t('quality.looked_at'), dataIndex: 'rows', align: 'right', render: format.count },
            { title: t('quality.changed'), dataIndex: 'changed', align: 'right', render: (changed: number) => <b>{format.count(changed)}</b> },
            { title: t('field.share'), key: 'share', align: 'right', render: (_, row) => <span className="muted">{row.rows ? format.share(row.changed / row.rows, row.changed / row.rows < 0.001 && row.changed ? 3 : 1) : NONE}</span> },
          ]}
          expandable={{
            rowExpandable: (row) => row.changed > 0,
            expandedRowRender: (row) => <Samples line={row} />,
          }}
        />
      )}
    </Loaded>
  );
}

function Samples({ line }: { line: Line }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet('/api/data/cleaning/samples', { query: { table: line.table, column: line.column, rule: line.rule } });
  return (
    <Loaded query={query}>
      {(samples) => samples.length === 0 ? <p className="muted">{t('quality.no_samples')}</p> : (
        <ul className="before-after">
          {samples.map((sample) => (
            <li key={sample.place}>
              <del>{sample.before ?? NONE}</del>
              <span aria-hidden>→</span>
              {sample.after === null ? <span className="muted">{t('quality.emptied')}</span> : <ins>{sample.after}</ins>}
              <small className="muted">{sample.origin} · {format.count(sample.origin_line)}</small>
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  );
}
