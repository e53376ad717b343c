import { InputNumber, Select } from 'antd';
import type { ReactNode } from 'react';

/** A named field of the form. */
export function Field({ name, hint, children }: { name: string; hint?: string; children: ReactNode }) {
  return (
    <label className="tag-field">
      <span className="tag-field-name">{name}</span>
      {children}
      {hint && <span className="muted">{hint}</span>}
    </label>
  );
}

/** One of several words. */
export function Choice(props: { name: string; value?: string; options: { value: string; label: string }[]; change: (value?: string) => void; isOptional?: boolean }) {
  return (
    <Field name={props.name}>
      <Select
        value={props.value} onChange={props.change} options={props.options} allowClear={props.isOptional} aria-label={props.name}
        showSearch={props.options.length > 8} optionFilterProp="label" popupMatchSelectWidth={false}
      />
    </Field>
  );
}

/** A number that may be left out. */
export function Amount(props: { name: string; value?: number; change: (value?: number) => void; min?: number; max?: number; step?: number }) {
  return (
    <Field name={props.name}>
      <InputNumber value={props.value} onChange={(value) => props.change(value ?? undefined)} min={props.min} max={props.max} step={props.step} aria-label={props.name} style={{ width: '100%' }} />
    </Field>
  );
}
