import { Button, Table, Typography } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { Section } from '../components/Section';
import { toneOf, useWords } from './words';

type Detail = Schemas['ObjectDetail'];
type Look = (changes: { object: string; direction: string }) => void;
const LONG = new Set(['where', 'description', 'grain']);

/** What is promised of one object: its meaning, unit, how personal it is, its columns. */
export function OneObject({ object, look }: { object: string; look: Look }) {
  const query = useGet('/api/lineage/object', { query: { name: object } }, { keep: true });
  return <Loaded query={query}>{(one) => <Shown one={one} look={look} />}</Loaded>;
}

function Shown({ one, look }: { one: Detail; look: Look }) {
  const { t } = useTranslation();
  const words = useWords();
  const title = words.title(one);
  const facts = Object.entries(one.detail).filter(([name]) => !LONG.has(name) && name !== 'pii');
  return (
    <Section title={title || one.name} extra={<Chip tone={toneOf(one.kind)}>{words.kind(one.kind)}</Chip>}>
      {title && title !== one.name && <p><code>{one.name}</code></p>}
      {text(one.detail.description) && <p>{text(one.detail.description)}</p>}
      {text(one.detail.meaning) && <p>{text(one.detail.meaning)}</p>}
      <Privacy detail={one.detail} />
      <dl className="facts">
        {facts.filter(([name]) => name !== 'meaning').map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
      {one.detail.where !== undefined && one.detail.where !== null && (
        <pre className="lineage-where"><code>{JSON.stringify(one.detail.where, null, 1)}</code></pre>
      )}
      <div className="lineage-looks">
        <Button size="small" disabled={one.sources === 0} onClick={() => look({ object: one.object, direction: '' })}>{t('lineage.look_up')}</Button>
        <Button size="small" disabled={one.uses === 0} onClick={() => look({ object: one.object, direction: 'down' })}>{t('lineage.look_down')}</Button>
      </div>
      {(one.kind === 'table' || one.kind === 'source') && one.parts.length > 0 && <Parts one={one} look={look} />}
    </Section>
  );
}

function Fact({ name, value }: { name: string; value: unknown }) {
  const words = useWords();
  const shown = words.value(name, typeof value === 'object' ? JSON.stringify(value) : value);
  return (
    <>
      <dt>{words.name(name)}</dt>
      <dd>{name === 'sha256' ? <Typography.Text code copyable={{ text: shown }}>{shown.slice(0, 12)}…</Typography.Text> : shown}</dd>
    </>
  );
}

function Privacy({ detail }: { detail: Record<string, unknown> }) {
  const { t } = useTranslation();
  const pii = String(detail.pii ?? 'none');
  if (pii === 'none') return null;
  return <p><Chip tone={pii === 'identifier' ? 'gold' : 'red'}>{t(`lineage.pii.${pii}`, { defaultValue: pii })}</Chip></p>;
}

function Parts({ one, look }: { one: Detail; look: Look }) {
  const { t } = useTranslation();
  const short = (name: string) => name.slice(one.name.length + 1);
  return (
    <Table
      className="lineage-parts" size="small" dataSource={one.parts} rowKey="object" pagination={false} scroll={{ y: 320 }} showHeader={false}
      columns={[
        {
          key: 'name', title: t('lineage.object'), className: 'wrap', render: (_, part) => (
            <>
              <button type="button" className="link" onClick={() => look({ object: part.object, direction: '' })}>{short(part.name)}</button>
              {text(part.detail.unit) && <small className="muted"> {text(part.detail.unit)}</small>}
              {text(part.detail.meaning) && <div className="muted">{text(part.detail.meaning)}</div>}
              <Privacy detail={part.detail} />
            </>
          ),
        },
      ]}
    />
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
