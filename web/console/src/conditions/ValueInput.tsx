import { Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import { useTitles } from './vocabulary';

/** The input that fits a value's kind and the operator. */
export function ValueInput(props: {
  kind: string;
  operator: string;
  value: unknown;
  values?: string[];
  attribute?: string;
  unit?: string | null;
  change: (value: unknown) => void;
}) {
  const { t } = useTranslation();
  const titles = useTitles();
  const { kind, operator, value, values = [], attribute = '', change } = props;
  const label = t('rule.value');
  const options = values.map((name) => ({ value: name, label: titles.value(attribute, name) }));
  if (operator === 'exists' || kind === 'boolean') {
    return (
      <Select
        size="small" value={value as boolean} aria-label={label} onChange={change}
        options={[{ value: true, label: t('rule.yes') }, { value: false, label: t('rule.no') }]}
      />
    );
  }
  if (operator === 'one_of') {
    const numbers = kind === 'number' ? (chosen: unknown) => change((chosen as string[]).map(Number)) : change;
    return (
      <Select
        size="small" mode={values.length ? 'multiple' : 'tags'} value={(value as string[]) ?? []} aria-label={label}
        className="rule-many" onChange={numbers} placeholder={t('rule.some_values')} options={options}
      />
    );
  }
  if (kind === 'number') {
    return (
      <>
        <InputNumber size="small" value={value as number} aria-label={label} onChange={change} />
        {props.unit === 'days' && <span className="muted">{t('rule.days')}</span>}
      </>
    );
  }
  if (kind === 'time') {
    return <Input size="small" type="date" value={String(value ?? '').slice(0, 10)} aria-label={label}
      onChange={(event) => change(event.target.value)} className="rule-date" />;
  }
  if (values.length) {
    return (
      <Select
        size="small" value={(value as string) || undefined} aria-label={label} onChange={change} popupMatchSelectWidth={false}
        placeholder={label} options={options}
      />
    );
  }
  return <Input size="small" value={String(value ?? '')} aria-label={label} className="rule-text"
    onChange={(event) => change(event.target.value)} />;
}
