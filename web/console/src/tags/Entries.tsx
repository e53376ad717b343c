import { App, Button, Popconfirm, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { useFormat } from '../format';
import { useTitles } from '../conditions';
import { useSession } from '../session';

type Line = Schemas['TagEntryLine'];

/** What people set and files brought: who, when, how many, and a way back. */
export function Entries({ tag }: { tag?: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  const { may } = useSession();
  const { message } = App.useApp();
  const say = useSay();
  const query = useGet('/api/tags/entries', { query: { tag } });
  const undo = useSend('post', '/api/tags/entries/{batch}/undo', ['/api/tags/entries']);
  return (
    <Loaded query={query}>
      {(entries) => entries.length === 0 ? <NextStep text={t('tags.no_entries')} command="zhiyin tags import FILE" /> : (
        <Table<Line>
          size="small" rowKey={(line) => `${line.batch_id} ${line.tag}`} dataSource={entries} scroll={{ x: 720 }} pagination={entries.length > 20 ? { pageSize: 20, size: 'small' } : false}
          columns={[
            { title: t('tags.at'), dataIndex: 'at', width: 150, render: format.time },
            { title: t('field.tag'), dataIndex: 'tag', render: (name: string) => <Link to={`/tags/${name}`}>{titles.tag(name)}</Link> },
            { title: t('tags.act'), key: 'action', render: (_, line) => <>{t(`tag_action.${line.action}`)}{line.value && <> <code>{line.value}</code></>}</> },
            { title: t('field.members'), dataIndex: 'people', align: 'right', render: format.count },
            { title: t('tags.actor'), dataIndex: 'actor' },
            { title: t('tags.why'), dataIndex: 'why', className: 'wrap muted' },
            {
              title: '', key: 'undo', align: 'right',
              render: (_, line) => line.undone_at ? <Chip>{t('tags.undone')}</Chip> : may('audiences.write') && (
                <Popconfirm title={t('tags.undo_title')} onConfirm={() => undo.mutateAsync({ path: { batch: line.batch_id } }).catch((error) => message.error(say(error)))}>
                  <Button size="small" type="text">{t('tags.undo')}</Button>
                </Popconfirm>
              ),
            },
          ]}
        />
      )}
    </Loaded>
  );
}
