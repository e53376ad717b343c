import { Collapse } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Diff } from '../components/Diff';
import { Chip } from '../components/Marks';

const TONES = { added: 'green', removed: 'red', changed: 'blue' } as const;

/** Files of the plan that differ, each with its lines. */
export function Changes({ changes }: { changes: Schemas['FileChange'][] }) {
  const { t } = useTranslation();
  if (changes.length === 0) return <p className="muted">{t('plan.no_changes')}</p>;
  return (
    <Collapse
      size="small" defaultActiveKey={changes.length === 1 ? changes[0]?.file : undefined}
      items={changes.map((change) => ({
        key: change.file,
        label: <span className="tools"><Chip tone={TONES[change.change]}>{t(`file_change.${change.change}`)}</Chip> <code>{change.file}</code></span>,
        extra: <small><span className="good">+{change.added}</span> <span className="bad">−{change.removed}</span></small>,
        children: <Diff text={change.diff} />,
      }))}
    />
  );
}
