import { Button, Checkbox } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useGet } from '../api/hooks';
import { Happenings } from '../components/Happenings';
import { Loaded } from '../components/Loaded';

const KINDS = ['event', 'order', 'refund', 'touch'];
const SIZE = 30;

/** What the customer did, page by page, of the kinds that are wanted. */
export function Timeline({ id }: { id: string }) {
  const { t } = useTranslation();
  const [kinds, setKinds] = useState(KINDS);
  const [page, setPage] = useState(0);
  const query = useGet(
    '/api/customers/{person_id}/timeline',
    { path: { person_id: id }, query: { kind: kinds.length === KINDS.length ? [] : kinds, offset: page * SIZE, size: SIZE } },
    { keep: true, enabled: kinds.length > 0 },
  );
  const choose = (chosen: string[]) => { setKinds(chosen); setPage(0); };
  return (
    <>
      <Checkbox.Group
        value={kinds} onChange={choose} className="timeline-kinds"
        options={KINDS.map((kind) => ({ value: kind, label: t(`customer.kind.${kind}`) }))}
      />
      {kinds.length > 0 && (
        <Loaded query={query}>
          {(found) => (
            <>
              <Happenings items={found.items} />
              {(page > 0 || found.has_more) && (
                <div className="timeline-pages">
                  <Button size="small" disabled={page === 0} onClick={() => setPage(page - 1)}>{t('customer.newer')}</Button>
                  <Button size="small" disabled={!found.has_more} onClick={() => setPage(page + 1)}>{t('customer.older')}</Button>
                </div>
              )}
              {found.is_cut && !found.has_more && <p className="muted">{t('customer.timeline_cut')}</p>}
            </>
          )}
        </Loaded>
      )}
    </>
  );
}
