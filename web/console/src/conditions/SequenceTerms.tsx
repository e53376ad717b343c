import { CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Terms } from './Comparisons';
import { When, without } from './DeedTerms';
import { WITHIN, type Leaf } from './tree';
import { useTitles, type Fields } from './vocabulary';

type Step = { did: string; without?: { did: string } } & Terms;

/** First this, then that, each within a time after the one before. */
export function SequenceTerms(props: { leaf: Leaf; fields: Fields; change: (terms: Terms) => void }) {
  const { t } = useTranslation();
  const { leaf, fields, change } = props;
  const steps = leaf.terms.steps as Step[];
  const put = (place: number, step: Step) => change({ ...leaf.terms, steps: steps.with(place, step) });
  return (
    <>
      {steps.map((step, place) => (
        <span className="rule-term" key={place}>
          {t(place ? 'rule.then' : 'rule.first')}
          <EventSelect fields={fields} value={step.did} label={t('rule.step', { place: place + 1 })} change={(did) => put(place, { ...step, did })} />
          {place > 0 && <Gap step={step} change={(changed) => put(place, changed)} />}
          {place > 0 && (
            step.without === undefined ? (
              <Button size="small" type="link" onClick={() => put(place, { ...step, without: { did: '' } })}>{t('rule.without')}</Button>
            ) : (
              <>
                {t('rule.without')}
                <EventSelect
                  fields={fields} value={step.without.did} label={t('rule.without')}
                  change={(did) => put(place, { ...step, without: { did } })}
                />
                <Button
                  size="small" type="text" icon={<CloseOutlined />} aria-label={t('rule.drop_part')}
                  onClick={() => put(place, without({ ...step, without: undefined }) as Step)}
                />
              </>
            )
          )}
          {steps.length > 2 && (
            <Button
              size="small" type="text" icon={<CloseOutlined />} aria-label={t('rule.drop_step')}
              onClick={() => change({ ...leaf.terms, steps: steps.filter((_, at) => at !== place) })}
            />
          )}
        </span>
      ))}
      {steps.length < fields.limits.steps && (
        <Button
          size="small" type="text" icon={<PlusOutlined />}
          onClick={() => change({ ...leaf.terms, steps: [...steps, { did: '' }] })}
        >
          {t('rule.add_step')}
        </Button>
      )}
      <When leaf={leaf} change={change} />
    </>
  );
}

function EventSelect(props: { fields: Fields; value: string; label: string; change: (name: string) => void }) {
  const { t } = useTranslation();
  const titles = useTitles();
  return (
    <Select
      size="small" showSearch={{ optionFilterProp: 'label' }} className="rule-name" value={props.value || undefined}
      aria-label={props.label} placeholder={t('rule.choose.did')} onChange={props.change}
      options={props.fields.events.map((name) => ({ value: name, label: titles.event(name) }))}
    />
  );
}

function Gap({ step, change }: { step: Step; change: (step: Step) => void }) {
  const { t } = useTranslation();
  const key = WITHIN.find((name) => name in step) ?? '';
  const rest = Object.fromEntries(Object.entries(step).filter(([name]) => !WITHIN.includes(name))) as Step;
  return (
    <>
      <Select
        size="small" value={key} aria-label={t('rule.gap_label')} popupMatchSelectWidth={false}
        onChange={(chosen) => change(chosen ? { ...rest, [chosen]: (step[key] as number) ?? 7 } : rest)}
        options={[{ value: '', label: t('rule.any_time_later') }, ...WITHIN.map((name) => ({ value: name, label: t(`rule.gap.${name}`) }))]}
      />
      {key && (
        <InputNumber
          size="small" min={1} value={step[key] as number} aria-label={t('rule.within_label')}
          onChange={(value) => change({ ...rest, [key]: value ?? undefined })}
        />
      )}
    </>
  );
}
