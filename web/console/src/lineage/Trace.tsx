import { CaretDownOutlined, CaretRightOutlined, FileTextOutlined } from '@ant-design/icons';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Chip } from '../components/Marks';
import { useFormat } from '../format';
import { toneOf, useWords, type Step } from './words';

type Look = (changes: { object: string; direction: string }) => void;
// What can be asked about by its name and kind.
const ASKED = new Set(['message', 'decision', 'order', 'refund', 'event', 'person', 'tag', 'score', 'audience', 'strategy', 'campaign', 'file', 'source', 'feature', 'table']);
const OPEN_TO = 9;

/** Single rows and what each rests on, from the message down to file and line. */
export function Trace({ steps, look }: { steps: Step[]; look: Look }) {
  const { t } = useTranslation();
  return (
    <ul className="trace" aria-label={t('lineage.trace')}>
      {steps.map((step) => <Branch key={`${step.kind}:${step.name}`} step={step} depth={0} look={look} />)}
    </ul>
  );
}

function Branch({ step, depth, look }: { step: Step; depth: number; look: Look }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(depth < OPEN_TO);
  const hasMore = step.children.length > 0 || step.more > 0;
  return (
    <li>
      <div className={`trace-line ${step.origin ? 'raw' : ''}`}>
        {hasMore ? (
          <button type="button" className="trace-caret" aria-expanded={isOpen} aria-label={t('lineage.fold', { name: step.name })} onClick={() => setOpen(!isOpen)}>
            {isOpen ? <CaretDownOutlined /> : <CaretRightOutlined />}
          </button>
        ) : <span className="trace-caret" />}
        <Told step={step} look={look} />
      </div>
      {isOpen && hasMore && (
        <ul>
          {step.children.map((child, place) => <Branch key={`${place}:${child.kind}:${child.name}`} step={child} depth={depth + 1} look={look} />)}
          {step.more > 0 && <li className="muted trace-rest">{t('lineage.more', { count: step.more })}</li>}
        </ul>
      )}
    </li>
  );
}

function Told({ step, look }: { step: Step; look: Look }) {
  const { t } = useTranslation();
  const words = useWords();
  const title = words.title(step);
  const shown = step.kind === 'condition' ? words.condition(step.name) : title || step.name;
  const object = step.kind === 'person' || step.name.startsWith(`${step.kind}:`) ? step.name : `${step.kind}:${step.name}`;
  return (
    <div className="trace-told">
      <span className="trace-head">
        <Chip tone={toneOf(step.kind)}>{words.kind(step.kind)}</Chip>{' '}
        {ASKED.has(step.kind) && step.via ? (
          <button type="button" className="link" onClick={() => look({ object, direction: '' })}>{shown}</button>
        ) : step.origin ? <b className="trace-place"><FileTextOutlined aria-hidden /> {step.name}</b> : <b>{shown}</b>}
        {title && title !== step.name && step.kind !== 'attribute' && step.kind !== 'feature' && <code className="muted"> {step.name}</code>}
        {step.is_again && <small className="muted"> {t('lineage.again')}</small>}
      </span>
      <Values step={step} />
    </div>
  );
}

function Values({ step }: { step: Step }) {
  const { t } = useTranslation();
  const words = useWords();
  const format = useFormat();
  const told = step.is_again ? [] : step.values.filter((one) => one.value !== null);
  const { origin } = step;
  const about = step.kind === 'attribute' ? step.name.split('.').at(-1) : step.kind === 'tag' ? step.name : undefined;
  return (
    <>
      {told.length > 0 && (
        <span className="trace-values">
          {told.map((one) => (
            <span key={one.name}><span className="muted">{words.name(one.name)}</span> {words.value(one.name, one.value, about)}</span>
          ))}
        </span>
      )}
      {origin && (
        <span className="trace-values trace-origin">
          <code>{origin.table}</code>
          <span>{t('lineage.load', { load: origin.load_id })}</span>
          {origin.recipe && <span>{t('lineage.recipe', { recipe: origin.recipe })}</span>}
          {origin.sha256 && <span title={origin.sha256}>SHA-256 <code>{origin.sha256.slice(0, 12)}…</code></span>}
          {origin.loaded_at && <span>{format.time(`${origin.loaded_at}Z`)}</span>}
          {!origin.is_kept && <Chip tone="orange">{t('lineage.purged')}</Chip>}
        </span>
      )}
    </>
  );
}
