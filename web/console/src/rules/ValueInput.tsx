import { Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import { useTitles } from './vocabulary';

/** The input that fits an attribute's kind and the operator. */
export function ValueInput(props: {
  kind: string;
  operator: string;
  value: unknown;
  values: string[];
  attribute: string;
  change: (value: unknown) => void;
}) {
  const { t } = useTranslation();
  const titles = useTitles();
  const { kind, operator, value, values, attribute, change } = props;
  const label = t('rule.value');
  if (operator === 'exists' || kind === 'boolean') {
    return (
      <Select
        size="small" value={value as boolean} aria-label={label} onChange={change}
        options={[{ value: true, label: t('rule.yes') }, { value: false, label: t('rule.no') }]}
      />
    );
  }
  if (operator === 'one_of') {
    return (
      <Select
        size="small" mode={values.length ? 'multiple' : 'tags'} value={(value as string[]) ?? []} aria-label={label}
        className="rule-many" onChange={change} placeholder={t('rule.some_values')}
        options={values.map((name) => ({ value: name, label: titles.value(attribute, name) }))}
      />
    );
  }
  if (kind === 'number') {
    return <InputNumber size="small" value={value as number} aria-label={label} onChange={change} />;
  }
  if (kind === 'time') {
    return <Input size="small" type="date" value={String(value ?? '').slice(0, 10)} aria-label={label}
      onChange={(event) => change(event.target.value)} className="rule-date" />;
  }
  if (values.length) {
    return (
      <Select
        size="small" value={(value as string) || undefined} aria-label={label} onChange={change} popupMatchSelectWidth={false}
        placeholder={t('rule.value')} options={values.map((name) => ({ value: name, label: titles.value(attribute, name) }))}
      />
    );
  }
  return <Input size="small" value={String(value ?? '')} aria-label={label} className="rule-text"
    onChange={(event) => change(event.target.value)} />;
}
